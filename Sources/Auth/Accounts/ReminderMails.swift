import Domain

/// The links in reminders that end them.
package final class ReminderMails: Sendable {
    private let accounts: AccountService
    private let store: any AccountStore
    private let tokens: MailTokens

    package init(accounts: AccountService, store: any AccountStore, tokens: MailTokens) {
        (self.accounts, self.store, self.tokens) = (accounts, store, tokens)
    }

    /// The path of the page that ends the reminders of an account.
    package func unsubscribePath(of user: UserID) throws -> String {
        "/unsubscribe/\(user.rawValue)/\(try tokens.unsubscribing(user))"
    }

    /// The account whose reminders a link ends; nil for a link that is not ours.
    package func user(_ id: UserID, token: String) async throws -> User? {
        guard try tokens.isUnsubscribing(token, id) else { return nil }
        return try await store.user(id)
    }

    package func end(for user: User) async throws {
        guard user.mailsReminders else { return }
        try await accounts.setMailsReminders(of: user, to: false)
    }
}
