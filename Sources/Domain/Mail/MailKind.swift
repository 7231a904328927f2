/// The kinds of mail that are sent to accounts. Each has a template of its name.
package enum MailKind: String, Sendable, CaseIterable {
    /// A link that sets a new password.
    case passwordReset = "password-reset"
    /// A link that verifies the account's address.
    case emailVerification = "email-verification"
}
