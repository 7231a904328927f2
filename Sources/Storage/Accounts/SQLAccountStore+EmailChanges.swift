import Basics
import Domain

extension SQLAccountStore: EmailChangeStore {
    package func insert(_ mailed: MailedLink, changing user: UserID) async throws {
        try await translatingErrors(referringTo: .account(user), in: database) {
            try await database.write { [audit] connection in
                let mail = mailed.mail
                let isFree = try connection.isFree(mail.address, for: user, at: mail.createdAt)
                try connection.record(
                    try connection.insert(mailed, of: user, isWanted: isFree, replacingEarlier: true),
                    in: audit)
            }
        }
    }

    package func emailChange(tokenDigest: String, at time: Timestamp) async throws -> EmailChange? {
        try await translatingErrors {
            try await database.read { connection in
                try connection.row(
                    """
                    SELECT \(Self.userColumns), account_links.address
                      FROM account_links JOIN users ON users.id = account_links.user_id
                     WHERE account_links.token_digest = \(tokenDigest)
                       AND account_links.purpose = \(LinkPurpose.emailChange.rawValue)
                       AND account_links.expires_at > \(time) AND users.is_active
                    """
                ) { EmailChange(user: User(row: $0), newEmail: EmailAddress(stored: $0.text(User.columnCount))) }
            }
        }
    }

    package func use(
        _ change: EmailChange, tokenDigest: String, elsewhere isElsewhere: Bool, notifying notice: SecurityNotice?,
        recording event: AuditEvent
    ) async throws -> Bool {
        try await settingEmail { [audit] connection in
            let used = try connection.execute(
                """
                DELETE FROM account_links
                 WHERE token_digest = \(tokenDigest) AND purpose = \(LinkPurpose.emailChange.rawValue)
                   AND user_id = \(change.user.id) AND expires_at > \(event.at)
                """)
            guard used > 0 else { return false }
            return try connection.setEmail(
                of: change.user.id, to: change.newEmail, isVerified: true, elsewhere: isElsewhere, notifying: notice,
                recording: event, in: audit)
        }
    }

    package func setEmail(
        of user: UserID, to email: EmailAddress, notifying notice: SecurityNotice?, recording event: AuditEvent
    ) async throws -> Bool {
        try await settingEmail { [audit] connection in
            try connection.setEmail(
                of: user, to: email, isVerified: false, elsewhere: false, notifying: notice, recording: event,
                in: audit)
        }
    }

    /// Runs a transaction that gives a user an address.
    /// - Throws: `AppError.emailTaken`.
    func settingEmail<Value: Sendable>(
        _ work: @escaping @Sendable (any Connection) throws -> Value
    ) async throws -> Value {
        do {
            return try await translatingErrors { try await database.write(work) }
        } catch StorageError.uniqueViolation {
            // Ids are created here and never repeat; only the address can exist already.
            throw AppError.emailTaken
        }
    }
}

extension Connection {
    fileprivate func setEmail(
        of user: UserID, to email: EmailAddress, isVerified: Bool, elsewhere isElsewhere: Bool,
        notifying notice: SecurityNotice?, recording event: AuditEvent, in audit: AuditChain?
    ) throws -> Bool {
        guard let before = try lock(user, where: "is_active") else { return false }
        guard try isFree(email, for: user, at: event.at) else { throw AppError.emailTaken }
        try notify(notice, before: before)
        try execute(
            """
            UPDATE users
               SET email = \(email), email_verified = \(isVerified), confirmed_elsewhere = \(isElsewhere),
                   updated_at = \(event.at)
             WHERE id = \(user)
            """)
        // What was added under the former address says nothing about the owner of this one.
        if !isVerified {
            try execute("UPDATE passkeys SET is_of_verified_address = \(false) WHERE user_id = \(user)")
        }
        // Links to the former address are void, but for those that recover the account.
        try execute(
            "DELETE FROM account_links WHERE user_id = \(user) AND purpose <> \(LinkPurpose.recovery.rawValue)")
        try announce(.user(user))
        try record(event, in: audit)
        return true
    }

    /// True if the user may have this address: no other account has it, or had it so lately that its owner can still
    /// recover it.
    func isFree(_ email: EmailAddress, for user: UserID, at time: Timestamp) throws -> Bool {
        let isTaken = try row("SELECT 1 FROM users WHERE email = \(email) AND id <> \(user)") { _ in true } ?? false
        let isKept = try isKept(email, for: user, at: time)
        return !isTaken && !isKept
    }

    /// True if another account had this address so lately that its owner can still recover it.
    func isKept(_ email: EmailAddress, for user: UserID?, at time: Timestamp) throws -> Bool {
        try row("\(Self.keeping(email, for: user, at: time)) LIMIT 1") { _ in true } ?? false
    }

    /// A query with a row for each link that keeps this address for another user than this one.
    static func keeping(_ email: EmailAddress, for user: UserID?, at time: Timestamp) -> SQL {
        """
        SELECT 1 FROM account_links
         WHERE purpose = 'recovery' AND address = \(email) AND expires_at > \(time)
           AND user_id <> \(user?.rawValue ?? "")
           AND NOT EXISTS (
                SELECT 1 FROM users AS owners WHERE owners.id = account_links.user_id AND owners.email = \(email)
           )
        """
    }
}
