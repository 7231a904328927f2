/// The act that a link in an e-mail permits.
package enum LinkPurpose: String, Sendable {
    case passwordReset = "password-reset"
    case emailVerification = "email-verification"
    /// Gives the account the address that the link was sent to.
    case emailChange = "email-change"
    /// Requests the deletion of the account.
    case accountDeletion = "account-deletion"
    /// Recovers the account after a change that its owner did not make.
    case recovery
    /// Shows that a user without a password reads the account's mail. There is no link, only its code.
    case proof
}
