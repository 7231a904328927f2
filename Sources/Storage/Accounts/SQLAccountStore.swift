import Basics
import Calendar
import Domain

/// Users and their sessions in a database.
package struct SQLAccountStore: AccountStore {
    let database: any Database
    let audit: AuditChain?
    private let zones: TimeZoneDatabase
    static let userColumns = SQLColumns(
        """
        users.id, users.email, users.username, users.email_verified, users.image, users.is_active, users.created_at,
        users.updated_at, users.appearance, users.deletion_requested_at, users.must_verify, users.time_zone,
        users.week_start, users.language, users.mails_reminders, users.has_second_factor, users.is_admin,
        (SELECT waiting_resets.ready_at FROM waiting_resets WHERE waiting_resets.user_id = users.id)
        """)
    private static let sessionColumns = SQLColumns(
        """
        sessions.id, sessions.user_id, sessions.created_at, sessions.updated_at, sessions.expires_at,
        sessions.ip_address, sessions.user_agent, sessions.remembered, sessions.limited_from, sessions.proved_at,
        sessions.seen_at
        """)

    /// - Parameter audit: the chain that records events; nil for tools and tests that have no secret.
    package init(_ database: any Database, audit: AuditChain? = nil, zones: TimeZoneDatabase = .system) {
        (self.database, self.audit, self.zones) = (database, audit, zones)
    }

    package func insert(
        _ user: User, passwordHash: String, picture: Picture? = nil, session: NewSession,
        using invitation: InvitationUse? = nil, mailing link: MailedLink? = nil, recording event: AuditEvent? = nil
    ) async throws {
        try await settingEmail { [audit] connection in
            let isUsed = try connection.require(invitation, for: user.email)
            guard try connection.insert(user, passwordHash: passwordHash, at: user.createdAt) else {
                throw AppError.emailTaken
            }
            if let picture { try connection.add(picture, of: user.id) }
            let linkEvent = try link.map { try connection.insert($0, of: user.id, isWanted: true) }
            try connection.insert(session, recording: event, in: audit)
            if isUsed { try connection.record(invitation?.event, in: audit) }
            try connection.record(linkEvent, in: audit)
        }
    }

    package func insertUnverified(
        _ user: User, passwordHash: String, picture: Picture?, using invitation: InvitationUse?,
        mailing link: MailedLink, recording event: AuditEvent
    ) async throws {
        try await translatingErrors {
            try await database.write { [audit] connection in
                let isUsed = try connection.require(invitation, for: user.email)
                let isNew = try connection.insert(user, passwordHash: passwordHash, at: user.createdAt)
                if isNew, let picture { try connection.add(picture, of: user.id) }
                var (link, event) = (link, event)
                if !isNew {
                    link = link.tellingOwner
                    (event.outcome, event.userID, event.addressDigest) = (.fail, nil, link.event.addressDigest)
                    event.details.append(.init("reason", "address taken"))
                }
                let linkEvent = try connection.insert(link, of: isNew ? user.id : nil, isWanted: true)
                try connection.record(event, in: audit)
                if isUsed {
                    var used = invitation?.event
                    if !isNew { used?.userID = nil }
                    try connection.record(used, in: audit)
                }
                try connection.record(linkEvent, in: audit)
            }
        }
    }

    package func insert(_ user: User, passwordHash: String, recording event: AuditEvent?) async throws {
        try await settingEmail { [audit] connection in
            guard try connection.insert(user, passwordHash: passwordHash, at: user.createdAt) else {
                throw AppError.emailTaken
            }
            try connection.record(event, in: audit)
        }
    }

    package func user(_ id: UserID) async throws -> User? {
        try await translatingErrors {
            try await database.read { connection in
                try connection.row("SELECT \(Self.userColumns) FROM users WHERE id = \(id)") { User(row: $0) }
            }
        }
    }

    package func credentials(for email: EmailAddress) async throws -> (user: User, passwordHash: String)? {
        let found = try await translatingErrors {
            try await database.read { connection in
                try connection.row(
                    """
                    SELECT \(Self.userColumns), users.password_hash FROM users
                     WHERE email = \(email) AND password_hash IS NOT NULL
                    """
                ) { (User(row: $0), $0.text(User.columnCount)) }
            }
        }
        return found.map { (user: $0.0, passwordHash: $0.1) }
    }

    package func passwordHash(of id: UserID) async throws -> String? {
        try await translatingErrors {
            try await database.read { connection in
                try connection.row("SELECT password_hash FROM users WHERE id = \(id)") { $0.optionalText(0) } ?? nil
            }
        }
    }

    package func replacePasswordHash(of id: UserID, from old: String, to new: String) async throws -> Bool {
        try await translatingErrors {
            try await database.write { connection in
                try connection.execute(
                    "UPDATE users SET password_hash = \(new) WHERE id = \(id) AND password_hash = \(old)") > 0
            }
        }
    }

    package func update(_ id: UserID, with changes: UserChanges, at time: Timestamp) async throws -> User? {
        var assignments: [SQL] = ["updated_at = \(time)"]
        if !changes.username.isKept { assignments.append("username = \(changes.username.value)") }
        if let appearance = changes.appearance { assignments.append("appearance = \(appearance.rawValue)") }
        if let mailsReminders = changes.mailsReminders { assignments.append("mails_reminders = \(mailsReminders)") }
        if let locale = changes.locale {
            assignments.append("time_zone = \(locale.timeZone)")
            assignments.append("week_start = \(locale.weekStart.name)")
            assignments.append("language = \(locale.language)")
        }
        if !changes.image.isKept { assignments.append("image = \(changes.image.value)") }
        let update: SQL = """
            UPDATE users SET \(SQL.joined(assignments, by: ", ")) WHERE id = \(id) RETURNING \(Self.userColumns)
            """
        return try await translatingErrors {
            try await database.write { [zones] connection in
                try connection.announce(.user(id))
                if let locale = changes.locale {
                    try connection.lockTasks(of: id)
                    let old = try connection.row("SELECT time_zone FROM users WHERE id = \(id)") { $0.optionalText(0) }
                    if old != locale.timeZone {
                        try connection.moveReminders(
                            of: id, from: (old ?? nil).flatMap(zones.rules) ?? .utc,
                            to: locale.timeZone.flatMap(zones.rules) ?? .utc, zones, at: time)
                    }
                }
                let user = try connection.row(update) { User(row: $0) }
                guard user != nil, !changes.image.isKept else { return user }
                try connection.execute("DELETE FROM pictures WHERE user_id = \(id)")
                if let picture = changes.picture { try connection.add(picture, of: id) }
                return user
            }
        }
    }

    package func session(_ id: SessionID, at time: Timestamp) async throws -> (session: Session, user: User)? {
        try await session(
            """
            SELECT \(Self.sessionColumns), \(Self.userColumns)
              FROM sessions JOIN users ON users.id = sessions.user_id
             WHERE sessions.id = \(id) AND sessions.expires_at > \(time)
            """)
    }

    package func session(tokenDigest: String, at time: Timestamp) async throws -> (session: Session, user: User)? {
        try await session(
            """
            SELECT \(Self.sessionColumns), \(Self.userColumns)
              FROM sessions JOIN users ON users.id = sessions.user_id
             WHERE sessions.token_digest = \(tokenDigest) AND sessions.expires_at > \(time)
            """)
    }

    private func session(_ query: SQL) async throws -> (session: Session, user: User)? {
        let found = try await translatingErrors {
            try await database.read { connection in
                try connection.row(query) { (Session(row: $0), User(row: $0, from: 11)) }
            }
        }
        return found.map { (session: $0.0, user: $0.1) }
    }

    package func sessions(of user: UserID, at time: Timestamp) async throws -> [Session] {
        try await translatingErrors {
            try await database.read { connection in
                try connection.rows(
                    """
                    SELECT \(Self.sessionColumns) FROM sessions
                     WHERE user_id = \(user) AND expires_at > \(time) ORDER BY id
                    """, Session.init(row:))
            }
        }
    }

    package func sessionAddresses(of email: EmailAddress, since time: Timestamp) async throws -> [String] {
        try await translatingErrors {
            try await database.read { connection in
                try connection.rows(
                    """
                    SELECT sessions.ip_address FROM sessions JOIN users ON users.id = sessions.user_id
                     WHERE users.email = \(email) AND sessions.created_at > \(time)
                     ORDER BY sessions.id DESC LIMIT 100
                    """
                ) { $0.text(0) }
            }
        }
    }

    package func renew(_ id: SessionID, until expiry: Timestamp, at time: Timestamp) async throws {
        try await translatingErrors {
            _ = try await database.write { connection in
                try connection.execute(
                    "UPDATE sessions SET expires_at = \(expiry), updated_at = \(time) WHERE id = \(id)")
            }
        }
    }

    package func prove(_ id: SessionID, at time: Timestamp) async throws {
        try await translatingErrors {
            _ = try await database.write { connection in
                try connection.execute("UPDATE sessions SET proved_at = \(time) WHERE id = \(id)")
                try connection.announce(.session(id))
            }
        }
    }

    package func see(_ id: SessionID, at time: Timestamp) async throws {
        try await translatingErrors {
            _ = try await database.write { connection in
                try connection.execute("UPDATE sessions SET seen_at = \(time) WHERE id = \(id) AND seen_at < \(time)")
            }
        }
    }

    package func deleteSessions(
        of user: UserID, except kept: SessionID?, recording event: AuditEvent?
    ) async throws -> [SessionID] {
        try await translatingErrors {
            try await database.write { [audit] connection in
                let ended = try connection.deleteSessions(of: user, except: kept)
                try connection.announce(.user(user))
                if !ended.isEmpty { try connection.record(event?.counting(EndedAccess(sessions: ended)), in: audit) }
                return ended
            }
        }
    }

    package func deleteSession(_ id: SessionID, of user: UserID, recording event: AuditEvent?) async throws -> Bool {
        try await translatingErrors {
            try await database.write { [audit] connection in
                guard try connection.deleteSession(id, of: user) else { return false }
                try connection.record(event, in: audit)
                return true
            }
        }
    }

    package func knownDevice(
        among digests: [String], of email: EmailAddress, at time: Timestamp
    ) async throws -> KnownDevice? {
        // As many as a browser keeps; a list of another length would be another statement.
        let all = digests + Array(repeating: "", count: 5)
        return try await translatingErrors {
            try await database.read { connection in
                try connection.row(
                    """
                    SELECT known_devices.digest, known_devices.expires_at, known_devices.trusted_until
                      FROM known_devices JOIN users ON users.id = known_devices.user_id
                     WHERE known_devices.digest IN (\(all[0]), \(all[1]), \(all[2]), \(all[3]), \(all[4]))
                       AND users.email = \(email) AND known_devices.expires_at > \(time)
                    """
                ) {
                    KnownDevice(
                        digest: $0.text(0), expiresAt: Timestamp(milliseconds: $0.integer(1)),
                        trustedUntil: $0.optionalInteger(2).map(Timestamp.init(milliseconds:)))
                }
            }
        }
    }

    package func deleteExpiredSessions(at time: Timestamp, limitedBefore limit: Timestamp) async throws -> Int {
        try await translatingErrors {
            try await database.write { connection in
                // Void ones go on counting the codes that are typed.
                let counted = time.adding(seconds: -AccountLink.codeLifetimeSeconds)
                try connection.execute(
                    "DELETE FROM account_links WHERE expires_at <= \(time) AND created_at <= \(counted)")
                try connection.execute("DELETE FROM known_devices WHERE expires_at <= \(time)")
                try connection.execute("DELETE FROM sign_in_challenges WHERE expires_at <= \(time)")
                try connection.execute("DELETE FROM pending_factors WHERE expires_at <= \(time)")
                try connection.execute("DELETE FROM used_challenges WHERE expires_at <= \(time)")
                try connection.execute("DELETE FROM provider_flows WHERE expires_at <= \(time)")
                try connection.execute("DELETE FROM waiting_resets WHERE expires_at <= \(time)")
                try connection.deleteFormerFactors(at: time)
                return try connection.execute(
                    "DELETE FROM sessions WHERE expires_at <= \(time) OR limited_from <= \(limit)")
            }
        }
    }
}

extension SQLAccountStore: IdentityStore {
    package func user(_ identity: ExternalIdentity) async throws -> User? {
        try await translatingErrors {
            try await database.read { connection in
                try connection.row(
                    """
                    SELECT \(Self.userColumns) FROM users JOIN identities ON identities.user_id = users.id
                     WHERE identities.issuer = \(identity.issuer) AND identities.subject = \(identity.subject)
                    """
                ) { User(row: $0) }
            }
        }
    }

    package func insert(_ user: User, identity: ExternalIdentity, recording event: AuditEvent) async throws {
        try await settingEmail { [audit] connection in
            guard try connection.insert(user, passwordHash: nil, at: user.createdAt) else { throw AppError.emailTaken }
            try connection.execute(
                """
                INSERT INTO identities (issuer, subject, user_id, created_at)
                VALUES (\(identity.issuer), \(identity.subject), \(user.id), \(user.createdAt))
                """)
            try connection.record(event, in: audit)
        }
    }
}
