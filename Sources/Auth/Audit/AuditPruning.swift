import Basics
import Domain

/// Deletes the oldest rows of the audit trail. Each is verified before it is deleted, so that pruning covers nothing
/// up, and a sealed checkpoint stands in for them, so that the rest still verifies.
package struct AuditPruning: Sendable {
    /// Altered rows are not deleted.
    package struct Refusal: Error, CustomStringConvertible {
        package let finding: AuditVerification.Finding
        package var description: String { "Nothing was pruned. \(finding)" }
    }

    /// The number of rows deleted per transaction: other writers of the trail wait for it.
    private static let batch: Int64 = 20_000

    private let store: any AuditStore
    private let verification: AuditVerification
    private let now: @Sendable () -> Timestamp

    package init(
        store: any AuditStore, sealer: any AuditSealer, now: @escaping @Sendable () -> Timestamp
    ) {
        self.store = store
        verification = AuditVerification(store: store, sealer: sealer)
        self.now = now
    }

    /// Verifies the whole trail.
    /// - Throws: `Refusal`.
    package func verify(onStep: @escaping WorkObserver = { _ in }) async throws {
        let finding = try await verification.run(onStep: onStep)
        guard finding.isGood else { throw Refusal(finding: finding) }
    }

    /// Deletes all rows before the first one from `time` on.
    /// - Returns: the number of rows deleted.
    /// - Throws: `Refusal`.
    @discardableResult
    package func prune(
        before time: Timestamp, by source: AuditEvent.Source, onStep: WorkObserver = { _ in }
    ) async throws -> Int64 {
        let end = try await store.end()
        let last = try await store.firstNumber(since: time).map { $0 - 1 } ?? end.lastNumber
        guard var position = try verification.position(of: end.checkpoint) else {
            throw Refusal(finding: .checkpointAltered)
        }
        var count: Int64 = 0
        let total = last - position.number
        while position.number < last {
            onStep(WorkStep("deleting", count, of: total, .rows))
            let next = min(position.number + Self.batch, last)
            let walked = try await verification.walk(from: position, to: next)
            if let finding = walked.finding {
                // Rows that another process has pruned meanwhile do not count as missing.
                if let found = try await store.end().checkpoint, found.number > position.number { return count }
                throw Refusal(finding: finding)
            }
            let rows = next - position.number
            let event = AuditEvent(
                .trailPruned, at: now(), by: source,
                [.init("through", String(next)), .init("rows", String(rows))])
            guard try await store.prune(through: next, code: walked.code, recording: event) else { return count }
            count += rows
            position = AuditVerification.Position(number: next, code: walked.code)
        }
        return count
    }

    /// Keeps rows for this many days, and prunes about once a day.
    /// - Throws: `Refusal`.
    package func keep(days: Int) async throws -> Int64 {
        let limit = now().adding(seconds: -86_400 * Int64(days))
        guard let oldest = try await store.first(AuditQuery(limit: 1)).first, oldest.at < limit.adding(seconds: -86_400)
        else { return 0 }
        return try await prune(before: limit, by: .server)
    }
}
