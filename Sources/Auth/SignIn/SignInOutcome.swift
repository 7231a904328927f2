import Domain

/// The outcome of an attempt to sign in, for metrics.
package enum SignInOutcome: String, CaseIterable, Sendable {
    case ok
    case wrong
    case throttled
    case inactive
    case unverified
    /// The password was right, and a second factor is asked for.
    case secondFactor = "second_factor"
    case wrongSecondFactor = "wrong_second_factor"
    /// The second factor was shown too late, or after too many wrong tries.
    case expired
    case overloaded
    case failed

    /// True unless a user was signed in, or a second factor may still do that.
    package var isFailure: Bool { self != .ok && self != .secondFactor }

    init(_ error: any Error) {
        self =
            switch error as? AppError {
            case .badCredentials?: .wrong
            case .throttled?: .throttled
            case .inactiveAccount?, .deletionPending?: .inactive
            case .emailNotVerified?: .unverified
            case .secondFactorRequired?: .secondFactor
            case .wrongSecondFactor?: .wrongSecondFactor
            case .signInExpired?, .signInTriedOut?: .expired
            case .overloaded?: .overloaded
            default: .failed
            }
    }
}
