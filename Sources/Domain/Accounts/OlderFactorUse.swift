import Basics

/// A use of an older factor that was found right, and is still to be noted: each works once.
package enum OlderFactorUse: Sendable, Hashable {
    /// The code of an authenticator app, by the time of its activation and the step that the code is of.
    case app(activatedAt: Timestamp, step: Int64)
    case recoveryCode(RecoveryCodeID)
    case passkey(PasskeyUse)

    package var method: SecondFactorMethod {
        switch self {
        case .app: .totp
        case .recoveryCode: .recoveryCode
        case .passkey: .passkey
        }
    }
}
