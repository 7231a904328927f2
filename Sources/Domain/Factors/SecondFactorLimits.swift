import Basics

/// The limits on guessing second factors (NIST SP 800-63B-4, section 3.2.2). Attempts are possible only after a right
/// first factor, so that no one else can use them up.
package enum SecondFactorLimits {
    /// Attempts for one challenge; then the sign-in starts over.
    package static let triesOfChallenge = 5
    /// Failures in a row after which the owner is notified.
    package static let reportedFailures: Int64 = 5
    /// Failures in a row for which the second factor is locked.
    package static let failuresToLock: Int64 = 10
    /// Failures in a row after which only a recovery code helps.
    package static let failuresOfApp: Int64 = 50

    /// The time for which the second factor is locked after so many failures in a row, in seconds: 15 minutes after the
    /// tenth, twice as long after each further ten, at most a day.
    package static func lockSeconds(after failures: Int64) -> Int64? {
        guard failures > 0, failures.isMultiple(of: failuresToLock) else { return nil }
        return min(86_400, 900 << min(failures / failuresToLock - 1, 8))
    }
}
