import Basics
import Domain

/// Walks the audit trail and finds the first place where it was altered.
package struct AuditVerification: Sendable {
    package enum Finding: Sendable, Equatable, CustomStringConvertible {
        /// The number of rows, each in its place, and the MAC of the last one, to be kept elsewhere.
        case intact(rows: Int64, code: String)
        /// The same, for a trail whose rows up to `through` were pruned in the ordinary way.
        case pruned(through: Int64, at: Timestamp, rows: Int64, code: String)
        case empty
        case altered(Int64)
        case missing(Int64)
        /// Rows up to this one are unaltered; the sealed end of the trail is not.
        case endAltered(after: Int64)
        /// There are rows after the sealed end.
        case added(Int64)
        /// This row records that the trail's end was once found altered.
        case brokenEnd(Int64)
        /// The row differs from the one noted elsewhere.
        case replaced(Int64)
        /// The row noted elsewhere was pruned.
        case anchorPruned(Int64)
        /// The checkpoint that stands in for pruned rows was not sealed by us.
        case checkpointAltered

        package var description: String {
            switch self {
            case .intact(let rows, let code): "\(rows) rows, all as they were written. The last is \(rows):\(code)"
            case .pruned(let through, let time, let rows, let code):
                """
                \(rows) rows, all as they were written; those up to \(through) were pruned, the last of them at \
                \(time.rfc3339). The last is \(through + rows):\(code)
                """
            case .empty:
                "There are no rows: no server has run here since there is a trail, or all of them are missing."
            case .altered(let number):
                "Row \(number) was altered, or was written under a secret that is not configured now."
            case .missing(let number): "Row \(number) is missing."
            case .endAltered(let number):
                "The end of the trail was altered: whether there were rows after row \(number) cannot be told."
            case .added(let number): "Row \(number) was not added by this server."
            case .brokenEnd(let number):
                "Row \(number) tells that the end of the trail had been altered before: rows may be missing there."
            case .replaced(let number): "Row \(number) is not the one that was noted: the trail was replaced."
            case .anchorPruned(let number):
                "Row \(number), which was noted, was pruned since. Compare a later row, as an earlier run printed it."
            case .checkpointAltered:
                "The checkpoint that stands in for pruned rows was altered: which rows are missing cannot be told."
            }
        }

        /// The number of rows of a trail that is as it was written.
        package var rows: Int64? {
            switch self {
            case .intact(let rows, _), .pruned(_, _, let rows, _): rows
            default: nil
            }
        }

        /// The last row of a trail that is as it was written, as `number:code`.
        package var lastRow: String? {
            switch self {
            case .intact(let rows, let code): "\(rows):\(code)"
            case .pruned(let through, _, let rows, let code): "\(through + rows):\(code)"
            default: nil
            }
        }

        package var isGood: Bool {
            switch self {
            case .intact, .pruned: true
            default: false
            }
        }
    }

    private let store: any AuditStore
    private let sealer: any AuditSealer
    private static let pageSize = 1000

    package init(store: any AuditStore, sealer: any AuditSealer) {
        self.store = store
        self.sealer = sealer
    }

    /// A row noted elsewhere, as `number:code`.
    package struct Anchor: Sendable {
        package let number: Int64
        package let code: String

        package init?(_ text: String) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let number = Int64(digits: parts[0]), number > 0, parts[1].utf8.count == 64 else {
                return nil
            }
            self.number = number
            code = String(parts[1])
        }
    }

    /// Returns the first problem, or that there is none. A server may go on writing meanwhile: rows added after the
    /// start are left for the next run.
    /// - Parameter onStep: receives the rows that were verified.
    package func run(
        expecting anchor: Anchor? = nil, onStep: @escaping WorkObserver = { _ in }
    ) async throws -> Finding {
        let end = try await store.end()
        guard let start = try position(of: end.checkpoint) else { return .checkpointAltered }
        if let anchor, anchor.number <= start.number {
            guard anchor.number == start.number else { return .anchorPruned(anchor.number) }
            guard anchor.code.utf8.elementsEqual(start.code.utf8) else { return .replaced(anchor.number) }
        }
        guard end.head != nil || end.lastNumber > 0 else { return .empty }
        guard let head = end.head, try sealer.isCode(head.seal, for: head.encoded) else {
            // Without its head, the trail may still be intact as far as it goes.
            return try await walk(from: start, to: end.lastNumber, onStep: onStep).finding
                ?? .endAltered(after: end.lastNumber)
        }
        let walked = try await walk(from: start, to: head.number, expecting: anchor, onStep: onStep)
        if let finding = walked.finding { return finding }
        guard walked.code.utf8.elementsEqual(head.code.utf8) else { return .endAltered(after: head.number) }
        if end.lastNumber > head.number { return .added(head.number + 1) }
        if let anchor, anchor.number > head.number { return .missing(head.number + 1) }
        guard let checkpoint = end.checkpoint else { return .intact(rows: head.number, code: head.code) }
        return .pruned(
            through: checkpoint.number, at: checkpoint.prunedAt, rows: head.number - checkpoint.number,
            code: head.code)
    }

    /// The position from which verification continues.
    struct Position {
        let number: Int64
        let code: String
    }

    /// The start of the remaining rows; nil if the checkpoint is not ours.
    func position(of checkpoint: AuditCheckpoint?) throws -> Position? {
        guard let checkpoint else { return Position(number: 0, code: "") }
        guard try sealer.isCode(checkpoint.seal, for: checkpoint.encoded) else { return nil }
        return Position(number: checkpoint.number, code: checkpoint.code)
    }

    /// - Returns: the first problem, if any, and the MAC of the last row.
    func walk(
        from start: Position, to last: Int64, expecting anchor: Anchor? = nil, onStep: WorkObserver = { _ in }
    ) async throws -> (finding: Finding?, code: String) {
        var (number, previous) = (start.number, start.code)
        while number < last {
            onStep(WorkStep("verifying", number - start.number, of: last - start.number, .rows))
            var query = AuditQuery(limit: Self.pageSize)
            query.after = number
            let page = try await store.first(query).prefix { $0.number <= last }
            guard !page.isEmpty else { return (.missing(number + 1), previous) }
            for record in page {
                number += 1
                guard record.number == number else { return (.missing(number), previous) }
                guard try sealer.isCode(record.code, for: record.encoded(after: previous)) else {
                    return (.altered(number), previous)
                }
                if record.event == AuditEvent.Kind.trailBroken.rawValue { return (.brokenEnd(number), previous) }
                if let anchor, anchor.number == number, !anchor.code.utf8.elementsEqual(record.code.utf8) {
                    return (.replaced(number), previous)
                }
                previous = record.code
            }
        }
        onStep(WorkStep("verifying", number - start.number, of: last - start.number, .rows))
        return (nil, previous)
    }
}
