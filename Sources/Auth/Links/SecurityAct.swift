import Domain

/// The changes of which an account's owner is notified by e-mail.
package enum SecurityAct: String, Sendable {
    case passwordChange = "password-change"
    /// The operator has set a password.
    case operatorPassword = "operator-password"
    case emailChange = "email-change"
    case deletionRequest = "deletion-request"
    /// An API token was made.
    case newAPIToken = "new-api-token"
    case secondFactorOn = "second-factor-on"
    case secondFactorOff = "second-factor-off"
    case newRecoveryCodes = "new-recovery-codes"
    /// A sign-in with a recovery code in the place of the authenticator app.
    case recoveryCodeUse = "recovery-code-use"
    case newPasskey = "new-passkey"
    case passkeyRemoved = "passkey-removed"
    /// The counter of a passkey did not grow, as if there were a copy.
    case passkeySuspected = "passkey-suspected"
    /// Wrong codes in a row, after the right password.
    case wrongCodes = "wrong-codes"
    /// An account at a sign-in provider was linked, and signs in.
    case providerLinked = "provider-linked"
    case providerUnlinked = "provider-unlinked"
    /// A sign-in from a device that was not known.
    case signIn = "sign-in"
    /// The owner has recovered the account, which no longer has the address that this is sent to.
    case recovery

    /// Acts that can be repeated at will have kinds of their own, of which an address gets only a few: their earliest
    /// notice is the one that helps.
    var mailKind: MailKind {
        switch self {
        case .passwordChange: .passwordChange
        case .deletionRequest: .deletionRequest
        case .newAPIToken: .newAPIToken
        case .secondFactorOn, .secondFactorOff, .newRecoveryCodes, .newPasskey, .passkeyRemoved: .secondFactorChange
        case .providerLinked, .providerUnlinked: .providerChange
        case .recoveryCodeUse, .wrongCodes, .passkeySuspected: .secondFactorUse
        case .signIn: .newSignIn
        case .emailChange, .operatorPassword, .recovery: .securityNotice
        }
    }

    /// False for the act that has undone another, with whose link both sides could go on for ever, and for the
    /// operator's.
    package var canBeUndone: Bool { self != .recovery && self != .operatorPassword }
}
