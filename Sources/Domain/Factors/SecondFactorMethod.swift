/// The ways to show a second factor.
package enum SecondFactorMethod: String, Sendable, CaseIterable {
    /// The code of an authenticator app.
    case totp
    case recoveryCode = "recovery_code"
    /// A passkey of the account, in the place of the app.
    case passkey
}
