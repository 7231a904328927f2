import Basics

/// The state of an account before a change, to which a link in the notice of that change returns it.
package struct Recovery: Sendable {
    /// The account as it is now.
    package let user: User
    package let email: EmailAddress
    /// Nil if the account had none.
    package let passwordHash: String?
    /// The time of the change.
    package let changedAt: Timestamp

    package init(user: User, email: EmailAddress, passwordHash: String?, changedAt: Timestamp) {
        (self.user, self.email, self.passwordHash, self.changedAt) = (user, email, passwordHash, changedAt)
    }

    /// True if the former password or an older factor is needed: the mailbox alone does not prove an account that has
    /// left it.
    package var needsProof: Bool { user.email != email }
}
