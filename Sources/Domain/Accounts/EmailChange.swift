/// A change of address that waits for its link to be used.
package struct EmailChange: Sendable {
    package let user: User
    package let newEmail: EmailAddress

    package init(user: User, newEmail: EmailAddress) { (self.user, self.newEmail) = (user, newEmail) }
}
