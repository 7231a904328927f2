import Basics
import Domain

extension SQLAccountStore: RecoveryStore {
    package func recovery(tokenDigest: String, at time: Timestamp) async throws -> Recovery? {
        try await translatingErrors {
            try await database.read { connection in
                try connection.row(
                    """
                    SELECT \(Self.userColumns), account_links.address, account_links.former_password_hash
                      FROM account_links JOIN users ON users.id = account_links.user_id
                     WHERE account_links.token_digest = \(tokenDigest)
                       AND account_links.purpose = \(LinkPurpose.recovery.rawValue)
                       AND account_links.expires_at > \(time)
                       AND (users.is_active OR users.deletion_requested_at IS NOT NULL)
                    """
                ) {
                    Recovery(
                        user: User(row: $0), email: EmailAddress(stored: $0.text(User.columnCount)),
                        passwordHash: $0.optionalText(User.columnCount + 1))
                }
            }
        }
    }

    package func recover(
        tokenDigest: String, of id: UserID, toSet hash: String, notifying notice: SecurityNotice?,
        recording event: AuditEvent
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
            guard try connection.isFree(email, for: id, at: event.at) else { throw AppError.emailTaken }
            try connection.execute(
                """
                UPDATE users
                   SET email = \(email), email_verified = \(true), password_hash = \(hash), is_active = \(true),
                       deletion_requested_at = NULL, updated_at = \(event.at)
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
            try connection.removeLoneRecoveryCodes(of: id)
            try connection.execute("DELETE FROM passkeys WHERE user_id = \(id) AND created_at >= \(createdAt)")
            try connection.unlinkAccounts(of: id, linkedSince: createdAt)
            // Only a change of address is worth a mail to the other one.
            if user.email != email { try connection.notify(notice, before: user) }
            let ended = try connection.endAccess(of: id)
            try connection.announce(.user(id))
            try connection.record(event.counting(ended), in: audit)
            return ended.sessions
        }
    }
}
