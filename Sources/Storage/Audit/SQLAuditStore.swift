import Basics
import Domain

/// The audit trail in a database.
package struct SQLAuditStore: AuditStore {
    private let database: any Database
    private let chain: AuditChain?
    private static let columns = SQLColumns(
        """
        number, at, event, outcome, actor, user_id, address_digest, session_id, ip_address, user_agent, request_id,
        request, details, code
        """)

    /// - Parameter chain: nil for read-only use.
    package init(_ database: any Database, chain: AuditChain? = nil) {
        self.database = database
        self.chain = chain
    }

    package func append(_ event: AuditEvent) async throws {
        try await translatingErrors {
            try await database.write { [chain] connection in try connection.record(event, in: chain)
            }
        }
    }

    package func first(_ query: AuditQuery) async throws -> [AuditRecord] {
        try await records(matching: query, order: SQLColumns("ASC"))
    }

    package func last(_ query: AuditQuery) async throws -> [AuditRecord] {
        try await records(matching: query, order: SQLColumns("DESC")).reversed()
    }

    private func records(matching query: AuditQuery, order: SQLColumns) async throws -> [AuditRecord] {
        try await translatingErrors {
            try await database.read { connection in
                let parts = query.parts(connection.dialect).map { index, conditions -> SQL in
                    """
                    SELECT \(Self.columns) FROM audit_events \(index) WHERE \(SQL.joined(conditions, by: " AND "))
                     ORDER BY number \(order) LIMIT \(query.limit)
                    """
                }
                guard parts.count > 1 else { return try connection.rows(parts[0], AuditRecord.init(row:)) }
                // Each part reads its own index, and no more rows than are wanted.
                let all = SQL.joined(
                    parts.enumerated().map { index, part in "SELECT * FROM (\(part)) AS part\(SQL(trusted: "\(index)"))"
                    },
                    by: " UNION ALL ")
                return try connection.rows(
                    "SELECT * FROM (\(all)) AS parts ORDER BY number \(order) LIMIT \(query.limit)",
                    AuditRecord.init(row:))
            }
        }
    }

    package func newest(of user: UserID, limit: Int) async throws -> [AuditRecord] {
        try await translatingErrors {
            try await database.read { connection in
                try connection.rows(
                    """
                    SELECT \(Self.columns) FROM audit_events WHERE user_id = \(user)
                     ORDER BY number DESC LIMIT \(limit)
                    """, AuditRecord.init(row:))
            }
        }
    }

    package func end() async throws -> AuditEnds {
        // One statement, as two could see different states.
        let found = try await translatingErrors {
            try await database.read { connection in
                try connection.row(
                    """
                    SELECT (SELECT COALESCE(MAX(number), 0) FROM audit_events), audit_head.number, audit_head.code,
                           audit_head.seal, audit_checkpoint.number, audit_checkpoint.code, audit_checkpoint.pruned_at,
                           audit_checkpoint.seal
                      FROM (SELECT 1 AS id) AS one LEFT JOIN audit_head ON audit_head.id = one.id
                      LEFT JOIN audit_checkpoint ON audit_checkpoint.id = one.id
                    """
                ) { row in
                    AuditEnds(
                        checkpoint: row.optionalInteger(4).map {
                            AuditCheckpoint(
                                number: $0, code: row.text(5), prunedAt: Timestamp(milliseconds: row.integer(6)),
                                seal: row.text(7))
                        },
                        head: row.optionalInteger(1).map {
                            AuditHead(number: $0, code: row.text(2), seal: row.text(3))
                        }, lastNumber: row.integer(0))
                }
            }
        }
        return found ?? AuditEnds(checkpoint: nil, head: nil, lastNumber: 0)
    }

    package func firstNumber(since time: Timestamp) async throws -> Int64? {
        try await translatingErrors {
            try await database.read { connection in
                // In key order, so that only the rows before it are scanned.
                try connection.row("SELECT number FROM audit_events WHERE at >= \(time) ORDER BY number LIMIT 1") {
                    $0.integer(0)
                }
            }
        }
    }

    package func prune(through number: Int64, code: String, recording event: AuditEvent) async throws -> Bool {
        guard let chain else { return false }
        return try await translatingErrors {
            try await database.write { connection in
                try chain.prune(through: number, code: code, recording: event, on: connection)
            }
        }
    }
}

extension AuditRecord {
    fileprivate init(row: any Row) {
        self.init(
            number: row.integer(0), at: Timestamp(milliseconds: row.integer(1)), event: row.text(2),
            outcome: row.text(3), actor: row.text(4), userID: row.optionalText(5).map(UserID.init(rawValue:)),
            addressDigest: row.optionalText(6), sessionID: row.optionalText(7).map(SessionID.init(rawValue:)),
            ipAddress: row.text(8), userAgent: row.text(9), requestID: row.optionalText(10),
            request: row.optionalText(11), details: row.text(12), code: row.text(13))
    }
}
