import Basics

/// The audit trail on disk: rows are added and read, the oldest are deleted, and nothing else.
package protocol AuditStore: Sendable {
    /// Records what is not part of another write.
    func append(_ event: AuditEvent) async throws
    /// The first rows that match, in order.
    func first(_ query: AuditQuery) async throws -> [AuditRecord]
    /// The last rows that match, in order.
    func last(_ query: AuditQuery) async throws -> [AuditRecord]
    func end() async throws -> AuditEnds
    /// The first row from then on, by its number; nil where there is none.
    func firstNumber(since time: Timestamp) async throws -> Int64?
    /// Deletes the rows up to this one, which has this code, and seals a checkpoint in their place.
    /// - Returns: false where they are gone already.
    func prune(through number: Int64, code: String, recording event: AuditEvent) async throws -> Bool
}
