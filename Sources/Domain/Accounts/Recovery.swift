/// The state of an account before a change, to which a link in the notice of that change returns it.
package struct Recovery: Sendable {
    /// The account as it is now.
    package let user: User
    package let email: EmailAddress
    /// Nil if the account had none.
    package let passwordHash: String?

    package init(user: User, email: EmailAddress, passwordHash: String?) {
        (self.user, self.email, self.passwordHash) = (user, email, passwordHash)
    }

    /// True if the former password is needed: the mailbox alone does not prove an account that has left it.
    package var needsPassword: Bool { user.email != email }
}
