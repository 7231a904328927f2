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

    package static let limits = 1...500
    package static let defaultLimit = 200
}
