import Domain
import JSON

/// Appends rows to the audit trail within the transaction of the change that they record, so both are committed
/// atomically.
package struct AuditChain: Sendable {
    /// The reaction to a trail whose end was not sealed with a secret of ours.
    package enum OnBrokenEnd: Sendable {
        /// Continue, with a row that says so: tampering with its files must not stop a server.
        case recordAndContinue
        /// Change nothing: a command started with another secret than the server's must not break the trail.
        case refuse
    }

    package struct ForeignSecret: Error, CustomStringConvertible {
        package let description = """
            The audit trail ends under a secret that is not known here, or its end was altered; nothing was changed. \
            Set BETTER_AUTH_SECRET (or BETTER_AUTH_SECRET_FILE) as the server has it, or look at `latchkey audit verify`.
            """
    }

    private let sealer: any AuditSealer
    private let onBrokenEnd: OnBrokenEnd

    package init(_ sealer: any AuditSealer, onBrokenEnd: OnBrokenEnd) {
        self.sealer = sealer
        self.onBrokenEnd = onBrokenEnd
    }

    /// - Throws: `StorageError`, or `ForeignSecret`; then the transaction must not be committed.
    package func append(_ event: AuditEvent, on connection: any Connection) throws {
        // A row needs the one before it, so appends are serialized until their transactions commit.
        try connection.lockUntilCommit(LockKey.auditChain)
        var end = try intactEnd(on: connection)
        if let problem = end.problem {
            guard onBrokenEnd == .recordAndContinue else { throw ForeignSecret() }
            let broken = AuditEvent(
                .trailBroken, .fail, at: event.at, by: .server, [AuditEvent.Detail("found", problem)])
            end.code = try insert(broken, number: end.number + 1, after: end.code, on: connection)
            end.number += 1
        }
        end.code = try insert(event, number: end.number + 1, after: end.code, on: connection)
        var head = AuditHead(number: end.number + 1, code: end.code, seal: "")
        head.seal = try sealer.code(for: head.encoded)
        try connection.execute(
            """
            INSERT INTO audit_head (id, number, code, seal) VALUES (1, \(head.number), \(head.code), \(head.seal))
            ON CONFLICT (id) DO UPDATE SET number = excluded.number, code = excluded.code, seal = excluded.seal
            """)
    }

    /// Deletes the rows up to and including this one, after checking that it is still the one that was verified.
    /// - Returns: false if they are already gone.
    /// - Throws: `StorageError`, or `ForeignSecret`; then the transaction must not be committed.
    func prune(
        through number: Int64, code: String, recording event: AuditEvent, on connection: any Connection
    ) throws -> Bool {
        try connection.lockUntilCommit(LockKey.auditChain)
        let pruned = try connection.row("SELECT number FROM audit_checkpoint") { $0.integer(0) } ?? 0
        guard pruned < number else { return false }
        let found = try connection.row("SELECT code FROM audit_events WHERE number = \(number)") { $0.text(0) }
        guard let found, found.utf8.elementsEqual(code.utf8) else {
            throw StorageError.failed("Row \(number) of the audit trail has changed meanwhile; nothing was deleted.")
        }
        var checkpoint = AuditCheckpoint(number: number, code: code, prunedAt: event.at, seal: "")
        checkpoint.seal = try sealer.code(for: checkpoint.encoded)
        try connection.execute(
            """
            INSERT INTO audit_checkpoint (id, number, code, pruned_at, seal)
            VALUES (1, \(checkpoint.number), \(checkpoint.code), \(checkpoint.prunedAt), \(checkpoint.seal))
            ON CONFLICT (id) DO UPDATE SET number = excluded.number, code = excluded.code,
                pruned_at = excluded.pruned_at, seal = excluded.seal
            """)
        // The schema permits deleting only rows that the checkpoint stands in for.
        try connection.execute("DELETE FROM audit_events WHERE number <= \(number)")
        try append(event, on: connection)
        return true
    }

    private struct End {
        var number: Int64
        var code: String
        /// The problem with the trail's end, if any.
        var problem: String?
    }

    private func intactEnd(on connection: any Connection) throws -> End {
        let head = try connection.auditHead()
        let isSealed = try head.map { try sealer.isCode($0.seal, for: $0.encoded) } ?? false
        // A forged row may have any number, even the greatest possible. Rows far beyond those that we have written are
        // left in place, for `verify` to report.
        let limit = isSealed ? (head?.number ?? 0) + 1_000_000 : 1 << 62
        let last = try connection.row(
            "SELECT number, code FROM audit_events WHERE number <= \(limit) ORDER BY number DESC LIMIT 1"
        ) { End(number: $0.integer(0), code: $0.text(1)) }
        guard let head else {
            return last.map { End(number: $0.number, code: $0.code, problem: "The end of the trail was missing.") }
                ?? End(number: 0, code: "")
        }
        var end = End(number: head.number, code: head.code)
        if !isSealed {
            // The row that reports it follows the last row present.
            end = last ?? End(number: 0, code: "")
            end.problem = "The end of the trail was altered, or was sealed with a secret that is not configured."
        } else if let last, last.number > head.number {
            end = last
            end.problem = "There were rows beyond the end of the trail."
        }
        return end
    }

    private func insert(
        _ event: AuditEvent, number: Int64, after previous: String, on connection: any Connection
    ) throws -> String {
        var record = AuditRecord(event, number: number)
        record.code = try sealer.code(for: record.encoded(after: previous))
        try connection.execute(
            """
            INSERT INTO audit_events
                (number, at, event, outcome, actor, user_id, address_digest, session_id, ip_address, user_agent,
                 request_id, request, details, code)
            VALUES (\(record.number), \(record.at), \(record.event), \(record.outcome), \(record.actor),
                \(record.userID), \(record.addressDigest), \(record.sessionID), \(record.ipAddress),
                \(record.userAgent), \(record.requestID), \(record.request), \(record.details), \(record.code))
            """)
        return record.code
    }
}

extension Connection {
    /// Appends a row to the trail, if there is one.
    func record(_ event: AuditEvent?, in chain: AuditChain?) throws {
        if let event, let chain { try chain.append(event, on: self) }
    }

    func auditHead() throws -> AuditHead? {
        try row("SELECT number, code, seal FROM audit_head") {
            AuditHead(number: $0.integer(0), code: $0.text(1), seal: $0.text(2))
        }
    }
}

extension AuditRecord {
    fileprivate init(_ event: AuditEvent, number: Int64) {
        var details = JSONWriter(capacity: 64)
        details.object { json in
            for detail in event.details { json.member(dynamic: detail.name, detail.value) }
        }
        self.init(
            number: number, at: event.at, event: event.kind.rawValue, outcome: event.outcome.rawValue,
            actor: event.source.actor.description, userID: event.userID, addressDigest: event.addressDigest,
            sessionID: event.sessionID, ipAddress: event.source.ipAddress, userAgent: event.source.userAgent,
            requestID: event.source.requestID, request: event.source.request,
            details: String(decoding: details.bytes, as: UTF8.self), code: "")
    }
}
