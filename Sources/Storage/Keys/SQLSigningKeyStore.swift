import Basics
import Domain

/// Signing keys in a database.
package struct SQLSigningKeyStore: SigningKeyStore {
    private let database: any Database

    private let audit: AuditChain?

    /// - Parameter audit: the chain that records events; nil for tools and tests that have no secret.
    package init(_ database: any Database, audit: AuditChain? = nil) {
        self.database = database
        self.audit = audit
    }

    package func signingKeys() async throws -> [SigningKeyRecord] {
        try await translatingErrors { try await database.read { try Self.records(on: $0) } }
    }

    static func records(on connection: any Connection) throws -> [SigningKeyRecord] {
        try connection.rows(
            """
            SELECT id, algorithm, sealed_key, created_at, signs_from, expires_at FROM signing_keys
             ORDER BY created_at DESC, id DESC
            """
        ) { row in
            SigningKeyRecord(
                id: row.text(0), algorithm: row.text(1), sealedKey: row.text(2),
                createdAt: Timestamp(milliseconds: row.integer(3)),
                signsFrom: Timestamp(milliseconds: row.integer(4)),
                expiresAt: row.optionalInteger(5).map(Timestamp.init(milliseconds:)))
        }
    }

    package func insert(
        _ key: SigningKeyRecord, retiringOthersAt expiry: Timestamp, resealing resealed: [ResealedKey], ifNone: Bool,
        recording event: AuditEvent
    ) async throws -> Bool {
        try await translatingErrors {
            try await database.write { [audit] connection in
                // Two processes may find at the same time that there is none yet.
                try connection.lockUntilCommit(LockKey.signingKeys)
                try connection.announce(.signingKeys)
                let signing = try connection.rows("SELECT id FROM signing_keys WHERE expires_at IS NULL") { $0.text(0) }
                guard signing.isEmpty || !ifNone else { return false }
                for resealed in resealed {
                    try connection.execute(
                        """
                        UPDATE signing_keys SET sealed_key = \(resealed.new)
                         WHERE id = \(resealed.id) AND sealed_key = \(resealed.old)
                        """)
                }
                try connection.execute(
                    """
                    UPDATE signing_keys SET expires_at = \(expiry)
                     WHERE expires_at IS NULL OR expires_at > \(expiry)
                    """)
                // A key that was to begin signing after this one never does.
                try connection.execute(
                    "UPDATE signing_keys SET signs_from = \(key.signsFrom) WHERE signs_from > \(key.signsFrom)")
                try connection.execute(
                    """
                    INSERT INTO signing_keys (id, algorithm, sealed_key, created_at, signs_from, expires_at)
                    VALUES (\(key.id), \(key.algorithm), \(key.sealedKey), \(key.createdAt), \(key.signsFrom),
                        \(key.expiresAt))
                    """)
                try connection.record(event, in: audit)
                return true
            }
        }
    }

    package func deleteSigningKey(
        _ id: String, at time: Timestamp, recording event: AuditEvent
    ) async throws -> Bool {
        try await translatingErrors {
            try await database.write { [audit] connection in
                try connection.lockUntilCommit(LockKey.signingKeys)
                let deleted = try connection.row(
                    "DELETE FROM signing_keys WHERE id = \(id) RETURNING signs_from, expires_at"
                ) { (signsFrom: Timestamp(milliseconds: $0.integer(0)), isLast: $0.isNull(1)) }
                guard let deleted else { return false }
                if deleted.isLast && deleted.signsFrom > time {
                    try connection.execute(
                        """
                        UPDATE signing_keys SET expires_at = NULL
                         WHERE id = (SELECT id FROM signing_keys WHERE expires_at > \(time)
                                      ORDER BY signs_from DESC, created_at DESC LIMIT 1)
                        """)
                }
                try connection.announce(.signingKeys)
                try connection.record(event, in: audit)
                return true
            }
        }
    }

    package func deleteExpiredSigningKeys(at time: Timestamp) async throws -> Int {
        try await translatingErrors {
            try await database.write { try $0.execute("DELETE FROM signing_keys WHERE expires_at <= \(time)") }
        }
    }
}
