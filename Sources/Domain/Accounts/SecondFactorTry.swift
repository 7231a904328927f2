import Basics

/// An attempt to show a second factor, which was counted before the code is looked at.
package enum SecondFactorTry: Sendable {
    /// The attempt may be made.
    /// - Parameters:
    ///   - challenge: nil for a user who is signed in.
    ///   - failures: the failures in a row, with this attempt.
    case admitted(User, SecondFactor, SignInChallenge?, failures: Int64)
    case locked(until: Timestamp)
    /// The challenge was tried too often.
    case triedOut
    /// The challenge has expired or was used; or the user has no second factor.
    case gone
}
