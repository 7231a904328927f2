import Basics

/// The persistent audit trail: rows are appended and read, and only the oldest can be deleted.
package protocol AuditStore: Sendable {
    /// Records an event that is not part of another write.
    func append(_ event: AuditEvent) async throws
    /// The first matching rows, in order.
    func first(_ query: AuditQuery) async throws -> [AuditRecord]
    /// The last matching rows, in order.
    func last(_ query: AuditQuery) async throws -> [AuditRecord]
    /// The last rows about a user, the newest first.
    func newest(of user: UserID, limit: Int) async throws -> [AuditRecord]
    func end() async throws -> AuditEnds
    /// The number of the first row from `time` on; nil if there is none.
    func firstNumber(since time: Timestamp) async throws -> Int64?
    /// Deletes the rows up to and including this one, which has this MAC, and seals a checkpoint in their place.
    /// - Returns: false if they are already gone.
    func prune(through number: Int64, code: String, recording event: AuditEvent) async throws -> Bool
}
