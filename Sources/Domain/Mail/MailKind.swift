/// The kinds of mail that are sent to accounts. Each has a template of its name.
package enum MailKind: String, Sendable, CaseIterable {
    /// A link that sets a new password.
    case passwordReset = "password-reset"
}
