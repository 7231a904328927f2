/// What became of an attempt.
package enum ThrottleOutcome: Sendable, Equatable {
    /// It counts. `cost` is what to give back if it should not have.
    case granted(cost: Int64)
    case refused(waitMilliseconds: Int64)
}
