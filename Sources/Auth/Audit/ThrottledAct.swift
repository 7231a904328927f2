/// An act that a throttle limits, as the audit trail and the metrics name it.
package enum ThrottledAct: String, CaseIterable, Sendable {
    case signIn = "sign-in"
    case signUp = "sign-up"
    case secondFactor = "second factor"
    case passkey
    /// A visit to a sign-in provider.
    case provider
    case recoveryCodes = "recovery codes"
    /// The password of a user who is signed in, or undoes a change.
    case password
    case mail
    case code
    case invitation
    /// The use of a token that makes the first admin.
    case setup
}
