/// A use of a second factor that was found right, and is still to be noted: each works once.
package enum SecondFactorUse: Sendable, Hashable {
    /// The code of an authenticator app, by the step that it is of.
    case step(Int64)
    case recoveryCode(RecoveryCodeID)
    case passkey(PasskeyUse)

    package var method: SecondFactorMethod {
        switch self {
        case .step: .totp
        case .recoveryCode: .recoveryCode
        case .passkey: .passkey
        }
    }
}
