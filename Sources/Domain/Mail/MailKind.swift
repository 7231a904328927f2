/// The kinds of mail that are sent to accounts.
package enum MailKind: String, Sendable, CaseIterable {
    /// A link that sets a new password.
    case passwordReset = "password-reset"
    /// A link that verifies the account's address.
    case emailVerification = "email-verification"
    /// A sign-up with the address of an account.
    case existingAccount = "existing-account"
    /// A link that gives the account the address that it is sent to.
    case emailChange = "email-change"
    /// A link that requests the deletion of the account.
    case accountDeletion = "account-deletion"
    /// The account was changed.
    case securityNotice = "security-notice"
    /// The account was signed in to from a device that was not known.
    case newSignIn = "new-sign-in"

    /// A task is due.
    case reminder

    /// True if an address gets only a few in an hour.
    package var isLimited: Bool { self != .securityNotice && self != .reminder }

    /// True if a newer mail makes those useless that were not sent yet.
    package var isReplacedByNewer: Bool {
        switch self {
        case .passwordReset, .emailVerification, .existingAccount, .emailChange, .accountDeletion: true
        case .securityNotice, .newSignIn, .reminder: false
        }
    }
}
