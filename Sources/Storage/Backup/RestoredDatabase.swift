import Basics
import Domain

/// The copy of a backup that is to take a database's place, before it does.
package struct RestoredDatabase: Sendable {
    /// The number of rows that gave access, by table.
    package struct Ended: Sendable, Hashable {
        package let sessions: Int
        package let tokens: Int
        package let links: Int
        package let invitations: Int
    }

    private let database: any Database
    private let audit: AuditChain

    package init(_ database: any Database, audit: AuditChain) { (self.database, self.audit) = (database, audit) }

    /// The tables whose rows end with a restore, and those whose rows it keeps. An answer that is stored for a repeated
    /// request would tell of a write that the backup may not have.
    static let endedTables = [
        "sessions", "api_tokens", "account_links", "invitations", "stored_answers", "sign_in_challenges",
        "pending_factors", "used_challenges", "provider_flows", "waiting_resets", "former_apps",
        "former_recovery_codes", "former_passkeys",
    ]

    /// Ends all access that was revoked or used up since the backup, for all that is known here, and makes clients that
    /// have copies of lists fetch them again.
    /// - Parameters:
    ///   - keepsTokens: true if API tokens stay valid.
    ///   - event: recorded in the same transaction.
    package func settle(keepsTokens: Bool, at time: Timestamp, recording event: AuditEvent) async throws -> Ended {
        try await database.write { [audit] connection in
            var counts: [String: Int] = [:]
            for table in Self.endedTables where !(keepsTokens && table == "api_tokens") {
                counts[table] = try connection.execute(SQL(trusted: "DELETE FROM \(table)"))
            }
            try connection.execute("UPDATE known_devices SET trusted_until = NULL WHERE trusted_until IS NOT NULL")
            // Who returned since the backup has time to do so again.
            try connection.execute(
                "UPDATE users SET deletion_requested_at = \(time) WHERE deletion_requested_at IS NOT NULL")
            try connection.execute("UPDATE admin_setup SET token_digest = NULL, expires_at = NULL")
            // What waited then has been sent since, or leads to a link that has ended.
            try connection.execute(
                "UPDATE mail_outbox SET state = 'obsolete', settled_at = \(time) WHERE state = 'waiting'")
            try connection.renewEpochs()
            let ended = Ended(
                sessions: counts["sessions"] ?? 0, tokens: counts["api_tokens"] ?? 0,
                links: counts["account_links"] ?? 0, invitations: counts["invitations"] ?? 0)
            var event = event
            event.details += [
                .init("sessions_ended", String(ended.sessions)), .init("tokens_ended", String(ended.tokens)),
            ]
            try audit.append(event, on: connection)
            return ended
        }
    }
}
