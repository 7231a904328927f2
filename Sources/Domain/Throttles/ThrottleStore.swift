/// Counts attempts under keys.
package protocol ThrottleStore: Sendable {
    /// Counts one attempt, if there is room for it: of any number at the same moment, never more than there is room for.
    func take(_ key: String, _ limit: ThrottleLimit) async throws -> ThrottleOutcome
    /// Takes back what an attempt cost.
    func giveBack(_ key: String, _ cost: Int64) async throws
    /// Forgets keys that nothing counts against any more; how many those were.
    func tidy() async throws -> Int
}
