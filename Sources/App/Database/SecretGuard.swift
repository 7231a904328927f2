import Auth
import Crypto
import Storage

/// Keeps a database and its secret together: sessions, keys and the audit trail are useless under another one, and two
/// processes with different secrets would each reject the other's sessions as forged.
package struct SecretGuard: Sendable {
    package enum Outcome: Sendable {
        /// The database had no secret yet.
        case first
        case same
        /// The previous secret is among the configured ones.
        case rotated
        /// The previous secret is unknown here, and its replacement is intended.
        case replaced
    }

    package struct ForeignSecret: Error, CustomStringConvertible {
        package init() {}
        package let description = """
            BETTER_AUTH_SECRET is not the secret that this database was used with, under which its sessions, keys and \
            audit trail are kept. Set that one again, or put it into BETTER_AUTH_SECRET_PREVIOUS beside the new one; \
            if it is lost, run `latchkey serve --accept-new-secret` once; then all users have to sign in again.
            """
    }

    private let store: SQLSecretCheckStore
    private let secrets: Secrets
    private let check: SecretCheck

    package init(_ database: any Database, _ secrets: Secrets) throws {
        store = SQLSecretCheckStore(database)
        self.secrets = secrets
        check = try SecretCheck(secrets)
    }

    /// Binds the database to this secret, unless it is bound to another.
    /// - Parameters:
    ///   - takesOver: true if the current secret may replace an earlier one; a command leaves that to the server.
    ///   - acceptsNew: true if the earlier one may be unknown here.
    /// - Throws: `ForeignSecret`.
    @discardableResult
    package func claim(takesOver: Bool, acceptsNew: Bool = false) async throws -> Outcome {
        let code = try check.code
        return try await store.settle { evidence in
            switch try verdict(evidence) {
            case nil: return (code, .first)
            case .current: return (code, .same)
            case .previous: return (takesOver ? code : nil, .rotated)
            case .unknown:
                guard acceptsNew else { throw ForeignSecret() }
                return (code, .replaced)
            }
        }
    }

    /// Checks the secret for commands, without changes.
    /// - Throws: `ForeignSecret`.
    package func verify() async throws {
        if try verdict(try await store.evidence()) == .unknown { throw ForeignSecret() }
    }

    /// True if another process has bound the database to a secret that is unknown here.
    func isOverruled() async throws -> Bool { try verdict(try await store.evidence()) == .unknown }

    private func verdict(_ evidence: SecretEvidence) throws -> SecretCheck.Verdict? {
        try Self.verdict(on: evidence, secrets)
    }

    /// Compares secrets with the traces in a database.
    /// - Returns: nil if there are none.
    package static func verdict(
        on evidence: SecretEvidence, _ secrets: Secrets
    ) throws -> SecretCheck.Verdict? {
        if let code = evidence.code { return try SecretCheck(secrets).verdict(on: code) }
        if !evidence.sealedKeys.isEmpty {
            return try evidence.sealedKeys.contains(where: SealedKeys(secrets).canOpen) ? .current : .unknown
        }
        guard let head = evidence.auditHead else { return nil }
        return try AuditSeal(secrets).isCode(head.seal, for: head.encoded) ? .current : .unknown
    }
}
