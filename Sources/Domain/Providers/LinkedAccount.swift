import Basics

/// A user's account at a sign-in provider, which signs in to the account here.
package struct LinkedAccount: Sendable, Hashable, Identifiable {
    package let id: LinkedAccountID
    package let userID: UserID
    /// The provider's name in the settings when it was linked.
    package let provider: String
    package let identity: ProviderIdentity
    /// The verified address that the provider told when it was linked; nil for none.
    package let email: EmailAddress?
    package let linkedAt: Timestamp
    /// The last sign-in; nil before the first.
    package let lastUsedAt: Timestamp?

    package init(
        id: LinkedAccountID, userID: UserID, provider: String, identity: ProviderIdentity, email: EmailAddress?,
        linkedAt: Timestamp, lastUsedAt: Timestamp? = nil
    ) {
        (self.id, self.userID, self.provider, self.identity) = (id, userID, provider, identity)
        (self.email, self.linkedAt, self.lastUsedAt) = (email, linkedAt, lastUsedAt)
    }
}
