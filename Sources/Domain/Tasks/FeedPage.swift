/// Some changes of an account, in their order.
package struct FeedPage: Sendable {
    package let changes: [FeedChange]
    /// The place after them.
    package let next: FeedToken
    /// True if there are more.
    package let hasMore: Bool

    package init(changes: [FeedChange], next: FeedToken, hasMore: Bool) {
        (self.changes, self.next, self.hasMore) = (changes, next, hasMore)
    }

    /// Bytes of texts after which a page ends, however few changes it has.
    package static let maximumSize = 512 * 1024
    package static let limits = 1...500
    package static let defaultLimit = 200
}
