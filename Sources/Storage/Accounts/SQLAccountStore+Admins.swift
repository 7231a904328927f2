import Basics
import Domain

extension SQLAccountStore: AdminStore {
    package func insertAdmin(_ user: User, passwordHash: String, recording events: [AuditEvent]) async throws {
        try await settingEmail { [audit] connection in
            guard try connection.insert(user, passwordHash: passwordHash, at: user.createdAt) else {
                throw AppError.emailTaken
            }
            _ = try connection.makeAdmin(user.id, where: "TRUE", at: user.createdAt)
            for event in events { try connection.record(event, in: audit) }
        }
    }

    package func makeAdmin(
        _ id: UserID, ifVerified email: EmailAddress?, recording event: AuditEvent
    ) async throws -> Bool {
        try await translatingErrors {
            try await database.write { [audit] connection in
                let condition: SQL =
                    email.map { "email = \($0) AND email_verified AND NOT confirmed_elsewhere" } ?? "TRUE"
                guard try connection.makeAdmin(id, where: condition, at: event.at) else { return false }
                try connection.record(event, in: audit)
                return true
            }
        }
    }

    package func revokeAdmin(_ id: UserID, recording event: AuditEvent) async throws -> Bool {
        try await translatingErrors {
            try await database.write { [audit] connection in
                try connection.keepAdmin(without: id)
                let changed = try connection.execute(
                    """
                    UPDATE users SET is_admin = \(false), updated_at = \(event.at) WHERE id = \(id) AND is_admin
                    """)
                guard changed > 0 else { return false }
                try connection.announce(.user(id))
                try connection.record(event, in: audit)
                return true
            }
        }
    }

    // MARK: The first

    package func openSetup(
        tokenDigest: String, until expiry: Timestamp, recording event: AuditEvent
    ) async throws -> Bool {
        try await translatingErrors {
            try await database.write { [audit] connection in
                guard try !connection.hasAdmin() else { return false }
                let changed = try connection.execute(
                    """
                    INSERT INTO admin_setup (id, token_digest, expires_at) VALUES (1, \(tokenDigest), \(expiry))
                    ON CONFLICT (id) DO UPDATE SET token_digest = excluded.token_digest, expires_at = excluded.expires_at
                     WHERE admin_setup.closed_at IS NULL
                    """)
                guard changed > 0 else { return false }
                try connection.record(event, in: audit)
                return true
            }
        }
    }

    package func isSetupOpen(at time: Timestamp) async throws -> Bool {
        try await translatingErrors {
            try await database.read { connection in
                try connection.row(
                    """
                    SELECT 1 FROM admin_setup
                     WHERE closed_at IS NULL AND token_digest IS NOT NULL AND expires_at > \(time)
                    """
                ) { _ in true } ?? false
            }
        }
    }

    package func useSetup(tokenDigest: String, for user: UserID, recording event: AuditEvent) async throws -> Bool {
        try await translatingErrors {
            try await database.write { [audit] connection in
                guard try connection.lock(user, where: "is_active") != nil else { return false }
                // One statement decides: of two at the same time, the second finds no token.
                let used = try connection.execute(
                    """
                    UPDATE admin_setup SET token_digest = NULL, expires_at = NULL, closed_at = \(event.at)
                     WHERE closed_at IS NULL AND token_digest = \(tokenDigest) AND expires_at > \(event.at)
                    """)
                guard used > 0, try !connection.hasAdmin(),
                    try connection.makeAdmin(user, where: "is_active", at: event.at)
                else { return false }
                try connection.record(event, in: audit)
                return true
            }
        }
    }
}

extension Connection {
    /// Makes sure that there is an active admin without this user, if the user is one. The row stays as it is until this
    /// transaction ends, and of two that would remove the last two admins, the second waits and is refused.
    /// - Throws: `AppError.lastAdmin`.
    func keepAdmin(without user: UserID) throws {
        let isAdmin =
            try row("SELECT is_admin AND is_active FROM users WHERE id = \(user) \(dialect.rowLock)") { $0.bool(0) }
            ?? false
        guard isAdmin else { return }
        try lockUntilCommit(LockKey.admins)
        let isAnother =
            try row("SELECT 1 FROM users WHERE is_admin AND is_active AND id <> \(user) LIMIT 1") { _ in true } ?? false
        if !isAnother { throw AppError.lastAdmin }
    }

    fileprivate func hasAdmin() throws -> Bool {
        try row("SELECT 1 FROM users WHERE is_admin LIMIT 1") { _ in true } ?? false
    }

    /// - Returns: false if the condition does not hold, or the user is an admin already.
    fileprivate func makeAdmin(_ id: UserID, where condition: SQL, at time: Timestamp) throws -> Bool {
        let changed = try execute(
            """
            UPDATE users SET is_admin = \(true), updated_at = \(time)
             WHERE id = \(id) AND NOT is_admin AND \(condition)
            """)
        guard changed > 0 else { return false }
        try execute(
            """
            INSERT INTO admin_setup (id, closed_at) VALUES (1, \(time))
            ON CONFLICT (id) DO UPDATE SET token_digest = NULL, expires_at = NULL,
                closed_at = COALESCE(admin_setup.closed_at, excluded.closed_at)
            """)
        try announce(.user(id))
        return true
    }
}
