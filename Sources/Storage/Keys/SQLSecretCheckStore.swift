import Basics
import Domain

/// The MAC that identifies the secret a database is used with (`SecretCheck`).
package struct SQLSecretCheckStore: Sendable {
    private let database: any Database

    package init(_ database: any Database) { self.database = database }

    package func evidence() async throws -> SecretEvidence {
        try await database.read { try Self.evidence(on: $0) }
    }

    /// Decides on the basis of the evidence, and stores the resulting MAC; concurrent processes are serialized, so each
    /// sees the result of the one before.
    /// - Parameter decide: returns the MAC to store, nil for none, and the result of this function.
    package func settle<Value: Sendable>(
        _ decide: @escaping @Sendable (SecretEvidence) throws -> (code: String?, value: Value)
    ) async throws -> Value {
        try await database.write { connection in
            try connection.lockUntilCommit(LockKey.secretCheck)
            let evidence = try Self.evidence(on: connection)
            let (code, value) = try decide(evidence)
            guard let code, code != evidence.code else { return value }
            try connection.execute(
                """
                INSERT INTO secret_check (id, code, made_at) VALUES (1, \(code), \(Timestamp.now()))
                ON CONFLICT (id) DO UPDATE SET code = excluded.code, made_at = excluded.made_at
                """)
            return value
        }
    }

    private static func evidence(on connection: any Connection) throws -> SecretEvidence {
        let code = try code(on: connection)
        return code == nil
            ? try completeEvidence(on: connection) : SecretEvidence(code: code, sealedKeys: [], auditHead: nil)
    }

    /// All traces, whether or not there is a MAC.
    static func completeEvidence(on connection: any Connection) throws -> SecretEvidence {
        SecretEvidence(
            code: try code(on: connection), sealedKeys: try SQLSigningKeyStore.records(on: connection),
            auditHead: try connection.auditHead())
    }

    private static func code(on connection: any Connection) throws -> String? {
        try connection.row("SELECT code FROM secret_check WHERE id = 1") { $0.text(0) }
    }
}
