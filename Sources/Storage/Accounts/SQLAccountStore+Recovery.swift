import Basics
import Domain

extension SQLAccountStore: RecoveryStore {
    package func recovery(tokenDigest: String, at time: Timestamp) async throws -> Recovery? {
        try await translatingErrors {
            try await database.read { connection in
                try connection.row(
                    """
                    SELECT \(Self.userColumns), account_links.address, account_links.former_password_hash,
                           account_links.created_at
                      FROM account_links JOIN users ON users.id = account_links.user_id
                     WHERE account_links.token_digest = \(tokenDigest)
                       AND account_links.purpose = \(LinkPurpose.recovery.rawValue)
                       AND account_links.expires_at > \(time)
                       AND (users.is_active OR users.deletion_requested_at IS NOT NULL)
                    """
                ) {
                    Recovery(
                        user: User(row: $0), email: EmailAddress(stored: $0.text(User.columnCount)),
                        passwordHash: $0.optionalText(User.columnCount + 1),
                        changedAt: Timestamp(milliseconds: $0.integer(User.columnCount + 2)))
                }
            }
        }
    }

    package func olderFactors(of user: UserID, than time: Timestamp) async throws -> OlderFactors {
        try await translatingErrors {
            try await database.read { connection in
                OlderFactors(
                    apps: try connection.olderApps(of: user, than: time),
                    recoveryCodes: try connection.olderRecoveryCodes(of: user, than: time),
                    passkeys: try connection.rows(
                        """
                        SELECT \(Self.passkeyColumns) FROM passkeys
                         WHERE user_id = \(user) AND created_at < \(time) AND suspected_at IS NULL
                        UNION ALL
                        SELECT \(Self.passkeyColumns) FROM former_passkeys AS passkeys
                         WHERE user_id = \(user) AND created_at < \(time) AND removed_at >= \(time)
                           AND suspected_at IS NULL
                        """
                    ) { Passkey(row: $0) })
            }
        }
    }

    package func tryApp(tokenDigest: String, of user: UserID, at time: Timestamp) async throws -> Int64? {
        try await translatingErrors {
            try await database.write { connection in
                // One statement counts and reads, so that attempts at the same time are not looked at before they
                // count.
                try connection.rows(
                    """
                    UPDATE account_links SET code_attempts = code_attempts + 1
                     WHERE user_id = \(user) AND purpose = \(LinkPurpose.recovery.rawValue)
                       AND address = (
                            SELECT used.address FROM account_links AS used
                             WHERE used.token_digest = \(tokenDigest) AND used.expires_at > \(time)
                       )
                    RETURNING code_attempts
                    """
                ) { $0.integer(0) }.max()
            }
        }
    }

    package func recover(
        tokenDigest: String, of id: UserID, toSet hash: String, isProven: Bool, using use: OlderFactorUse?,
        notifying notice: SecurityNotice?, recording event: AuditEvent
    ) async throws -> [SessionID]? {
        try await settingEmail { [audit] connection in
            // Locked first, so that of two concurrent uses one finds nothing.
            guard
                let user = try connection.lock(id, where: "(is_active OR deletion_requested_at IS NOT NULL)"),
                let link = try connection.row(
                    """
                    SELECT address, created_at FROM account_links
                     WHERE token_digest = \(tokenDigest) AND purpose = \(LinkPurpose.recovery.rawValue)
                       AND user_id = \(id) AND expires_at > \(event.at)
                    """,
                    { (EmailAddress(stored: $0.text(0)), Timestamp(milliseconds: $0.integer(1))) })
            else { return nil }
            let (email, createdAt) = link
            guard isProven || user.email == email else { return nil }
            guard try connection.isFree(email, for: id, at: event.at) else { throw AppError.emailTaken }
            if let use, try !connection.use(use, of: id, at: event.at) { throw AppError.badCredentials }
            try connection.execute(
                """
                UPDATE users
                   SET email = \(email), email_verified = \(true), confirmed_elsewhere = \(false),
                       password_hash = \(hash), is_active = \(true), deletion_requested_at = NULL, updated_at = \(event.at)
                 WHERE id = \(id)
                """)
            try connection.forgetPassword(of: id)
            try connection.execute(
                """
                DELETE FROM account_links
                 WHERE user_id = \(id) AND (created_at >= \(createdAt) OR purpose <> 'recovery')
                """)
            // What was added since may not be the owner's.
            try connection.removeSecondFactor(of: id, at: event.at, activatedSince: createdAt)
            try connection.removeRecoveryCodes(of: id, madeSince: createdAt)
            try connection.removeLoneRecoveryCodes(
                of: id, at: event.at, keeping: try connection.keepsFactors(of: id, at: event.at, notifying: nil))
            try connection.execute("DELETE FROM passkeys WHERE user_id = \(id) AND created_at >= \(createdAt)")
            try connection.unlinkAccounts(of: id, linkedSince: createdAt)
            // Only a change of address is worth an e-mail to the other one.
            if user.email != email { try connection.notify(notice, before: user) }
            let ended = try connection.endAccess(of: id)
            try connection.announce(.user(id))
            try connection.record(event.counting(ended), in: audit)
            return ended.sessions
        }
    }
}
