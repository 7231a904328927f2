import Domain

/// The changes that an account's owner is told of by mail.
package enum SecurityAct: String, Sendable {
    case passwordChange = "password-change"
    case emailChange = "email-change"
    case deletionRequest = "deletion-request"
    /// An API token was made.
    case newAPIToken = "new-api-token"
    /// A sign-in from a device that was not known.
    case signIn = "sign-in"
    /// The owner has recovered the account, which no longer has the address that this is sent to.
    case recovery

    var mailKind: MailKind { self == .signIn ? .newSignIn : .securityNotice }

    /// False for the act that has undone another: with a link, both sides could go on for ever.
    package var canBeUndone: Bool { self != .recovery }
}
