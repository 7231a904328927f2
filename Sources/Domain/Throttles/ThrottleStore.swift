/// Counts attempts under keys.
package protocol ThrottleStore: Sendable {
    /// Counts one attempt if it is admitted: of any number of concurrent attempts, never more than the limit allows.
    func take(_ key: String, _ limit: ThrottleLimit) async throws -> ThrottleOutcome
    /// Refunds the cost of an attempt.
    func giveBack(_ key: String, _ cost: Int64) async throws
    /// Deletes keys with no remaining attempts; returns their number.
    func tidy() async throws -> Int
}
