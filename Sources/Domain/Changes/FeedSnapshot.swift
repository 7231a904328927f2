/// A place among the things that an account has, which a new client reads first.
package struct FeedSnapshot: Sendable, Hashable {
    package let kind: ItemKind
    /// The last one that was read; nil at the beginning of a kind.
    package let lastID: String?

    package init(kind: ItemKind, lastID: String?) { (self.kind, self.lastID) = (kind, lastID) }

    /// The kinds in the order in which they are read: what tasks refer to comes before them.
    package static let kinds: [ItemKind] = [.list, .tag, .view, .task]
    package static let start = FeedSnapshot(kind: .list, lastID: nil)
}
