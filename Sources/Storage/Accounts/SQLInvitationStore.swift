import Basics
import Domain

/// Invitations in a database.
package struct SQLInvitationStore: InvitationStore {
    private let database: any Database
    private let audit: AuditChain?
    private static let columns = SQLColumns(
        "id, email, maximum_uses, uses, created_by, created_at, expires_at, revoked_at")

    /// - Parameter audit: the chain that records events; nil for tests that have no secret.
    package init(_ database: any Database, audit: AuditChain? = nil) {
        self.database = database
        self.audit = audit
    }

    package func insert(
        _ invitation: Invitation, tokenDigest: String, recording event: AuditEvent
    ) async throws {
        try await translatingErrors {
            try await database.write { [audit] connection in
                try connection.execute(
                    """
                    INSERT INTO invitations
                        (id, token_digest, email, maximum_uses, uses, created_by, created_at, expires_at, revoked_at)
                    VALUES (\(invitation.id), \(tokenDigest), \(invitation.email), \(invitation.maximumUses),
                        \(invitation.uses), \(invitation.createdBy), \(invitation.createdAt), \(invitation.expiresAt),
                        \(invitation.revokedAt))
                    """)
                try connection.record(event, in: audit)
            }
        }
    }

    package func invitations(before id: InvitationID?, limit: Int) async throws -> [Invitation] {
        let older: SQL = id.map { "WHERE id < \($0)" } ?? ""
        return try await invitations(
            "SELECT \(Self.columns) FROM invitations \(older) ORDER BY id DESC LIMIT \(limit)")
    }

    package func invitations(for email: EmailAddress) async throws -> [Invitation] {
        try await invitations("SELECT \(Self.columns) FROM invitations WHERE email = \(email) ORDER BY id DESC")
    }

    package func invitation(_ id: InvitationID) async throws -> Invitation? {
        try await invitations("SELECT \(Self.columns) FROM invitations WHERE id = \(id)").first
    }

    package func invitation(tokenDigest: String) async throws -> Invitation? {
        try await invitations("SELECT \(Self.columns) FROM invitations WHERE token_digest = \(tokenDigest)").first
    }

    private func invitations(_ query: SQL) async throws -> [Invitation] {
        try await translatingErrors {
            try await database.read { try $0.rows(query, Invitation.init(row:)) }
        }
    }

    package func revoke(_ id: InvitationID, at time: Timestamp, recording event: AuditEvent) async throws -> Bool {
        try await translatingErrors {
            try await database.write { [audit] connection in
                let revoked = try connection.execute(
                    "UPDATE invitations SET revoked_at = \(time) WHERE id = \(id) AND revoked_at IS NULL")
                guard revoked > 0 else { return false }
                try connection.record(event, in: audit)
                return true
            }
        }
    }

    package func deleteInvitations(expiredBefore time: Timestamp) async throws -> Int {
        try await translatingErrors {
            try await database.write { try $0.execute("DELETE FROM invitations WHERE expires_at < \(time)") }
        }
    }
}

extension Connection {
    /// Counts the use of an invitation, before the address is looked at: a refusal must not tell whether it has an
    /// account.
    /// - Throws: `AppError.signUpRefused` if it is required and no longer valid.
    /// - Returns: false if none was used.
    func require(_ invitation: InvitationUse?, for email: EmailAddress) throws -> Bool {
        let isUsed = try invitation.map { try use($0, for: email) } ?? false
        if let invitation, invitation.isRequired, !isUsed { throw AppError.signUpRefused(.invitationInvalid) }
        return isUsed
    }

    /// The condition and the count are one statement: of two sign-ups with the last use of an invitation, the second
    /// finds none.
    /// - Returns: false if the invitation is not valid for this address.
    private func use(_ invitation: InvitationUse, for email: EmailAddress) throws -> Bool {
        try execute(
            """
            UPDATE invitations SET uses = uses + 1
             WHERE id = \(invitation.id) AND revoked_at IS NULL AND expires_at > \(invitation.event.at)
               AND (maximum_uses IS NULL OR uses < maximum_uses) AND (email IS NULL OR email = \(email))
            """) > 0
    }
}

extension Invitation {
    fileprivate init(row: any Row) {
        self.init(
            id: InvitationID(rawValue: row.text(0)), email: row.optionalText(1).map { EmailAddress(stored: $0) },
            maximumUses: row.optionalInteger(2).map { Int(clamping: $0) }, uses: Int(clamping: row.integer(3)),
            createdBy: row.text(4), createdAt: Timestamp(milliseconds: row.integer(5)),
            expiresAt: Timestamp(milliseconds: row.integer(6)),
            revokedAt: row.optionalInteger(7).map { Timestamp(milliseconds: $0) })
    }
}
