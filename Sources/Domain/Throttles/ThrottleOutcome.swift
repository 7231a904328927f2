/// The outcome of an attempt.
package enum ThrottleOutcome: Sendable, Equatable {
    /// The attempt counts. `cost` is the amount to refund if it should not have.
    case granted(cost: Int64)
    case refused(waitMilliseconds: Int64)
}
