import Basics
import Domain

/// Statements about an account before a change, and the notice of it.
extension Connection {
    /// The user's row, which does not change before this transaction ends except by it; nil if the condition does not
    /// hold.
    /// - Parameter isShared: true if other transactions may read it under the same kind of lock.
    func lock(_ user: UserID, where condition: SQL, isShared: Bool = false) throws -> LockedUser? {
        try row(
            """
            SELECT email, password_hash FROM users WHERE id = \(user) AND \(condition)
            \(isShared ? dialect.sharedRowLock : dialect.rowLock)
            """
        ) { LockedUser(id: user, email: EmailAddress(stored: $0.text(0)), passwordHash: $0.optionalText(1)) }
    }

    /// True if the condition holds for a user whose row is locked. In the statement that locks it, what is said about
    /// other tables would be judged as of before the wait for the lock (PostgreSQL, READ COMMITTED).
    func fulfills(_ condition: SQL, _ user: LockedUser) throws -> Bool {
        try row("SELECT 1 FROM users WHERE id = \(user.id) AND \(condition)") { _ in true } ?? false
    }

    /// Puts the notice of a change into the outbox, with the link that returns the account to the state before.
    func notify(_ notice: SecurityNotice?, before user: LockedUser) throws {
        guard let notice else { return }
        if let digest = notice.recoveryDigest {
            try execute(
                """
                INSERT INTO account_links (
                    token_digest, purpose, user_id, address, former_password_hash, created_at, expires_at
                ) VALUES (
                    \(digest), \(LinkPurpose.recovery.rawValue), \(user.id), \(user.email), \(user.passwordHash),
                    \(notice.mail.createdAt),
                    \(notice.mail.createdAt.adding(seconds: SecurityNotice.recoveryLifetimeSeconds))
                )
                """)
        }
        var mail = notice.mail
        (mail.userID, mail.address) = (user.id, user.email)
        try enqueue(mail, isWanted: true)
    }
}
