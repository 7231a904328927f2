/// The changes of an account's tasks, lists, tags and views, for clients that keep a copy.
package struct ChangeFeed: Sendable {
    private let store: any TaskStore
    package let hub: ChangeHub
    /// True if other processes may change tasks without telling the hub, so that listeners look from time to time.
    package let needsPolling: Bool

    package init(store: any TaskStore, hub: ChangeHub, needsPolling: Bool) {
        (self.store, self.hub, self.needsPolling) = (store, hub, needsPolling)
    }

    /// The place after the account's last change.
    package func token(of owner: UserID) async throws -> FeedToken { try await store.feedToken(of: owner) }

    /// The changes since a token; nil for all that the account has, and then its changes since.
    /// - Throws: `FeedExpired`.
    package func page(of owner: UserID, since token: FeedToken?, limit: Int) async throws -> FeedPage {
        try await store.feed(of: owner, since: token, limit: limit)
    }
}
