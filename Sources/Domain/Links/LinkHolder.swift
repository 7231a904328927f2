/// The owner of a code: the address that it was mailed to, or the user who asked for it.
package enum LinkHolder: Sendable {
    case address(EmailAddress)
    case user(UserID)
}
