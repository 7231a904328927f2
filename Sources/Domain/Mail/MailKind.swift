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
    /// The account has another password.
    case passwordChange = "password-change"
    /// The account's deletion was asked for.
    case deletionRequest = "deletion-request"
    /// An API token was made.
    case newAPIToken = "new-api-token"
    /// A second factor was turned on or off, or has new recovery codes.
    case secondFactorChange = "second-factor-change"
    /// A recovery code was used, or wrong codes were given after the right password.
    case secondFactorUse = "second-factor-use"
    /// An account at a sign-in provider was linked or unlinked.
    case providerChange = "provider-change"
    /// The account was signed in to from a device that was not known.
    case newSignIn = "new-sign-in"
    /// A code that shows that a user without a password is there.
    case proofCode = "proof-code"

    /// A task is due.
    case reminder

    /// The most mails of this kind that an address gets in a minute and in an hour; nil for mails that must not be
    /// missed, and those that have limits elsewhere. The address may belong to another person than the account.
    package var limits: (perMinute: Int64, perHour: Int64)? {
        switch self {
        case .passwordReset, .emailVerification, .existingAccount, .emailChange, .accountDeletion, .newSignIn,
            .proofCode:
            (1, 5)
        case .passwordChange, .deletionRequest, .newAPIToken, .secondFactorChange, .secondFactorUse, .providerChange:
            (5, 5)
        case .securityNotice, .reminder: nil
        }
    }

    /// True if a user can have this e-mail sent to any address. It counts by the user as well, so that no user takes
    /// the place of another's mail to the same address.
    package var isForAnyAddress: Bool { self == .emailChange }

    /// How many times its own limits all users together may send such mail to one address.
    package static let usersPerAddress: Int64 = 4

    /// True if a newer mail makes those useless that were not sent yet.
    package var isReplacedByNewer: Bool {
        switch self {
        case .passwordReset, .emailVerification, .existingAccount, .emailChange, .accountDeletion, .proofCode: true
        case .securityNotice, .passwordChange, .deletionRequest, .newAPIToken, .secondFactorChange, .secondFactorUse,
            .providerChange, .newSignIn, .reminder:
            false
        }
    }
}
