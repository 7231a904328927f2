import Domain

/// Users and their sessions in a database.
package struct SQLAccountStore: AccountStore {
    private let database: any Database
    private static let userColumns = SQLColumns(
        "users.id, users.email, users.username, users.is_active, users.created_at, users.updated_at")
    private static let sessionColumns = SQLColumns(
        """
        sessions.id, sessions.user_id, sessions.created_at, sessions.updated_at, sessions.expires_at,
        sessions.ip_address, sessions.user_agent
        """)

    package init(_ database: any Database) { self.database = database }

    package func insert(_ user: User, passwordHash: String, session: NewSession) async throws {
        do {
            try await translatingErrors {
                try await database.write { connection in
                    try connection.execute(
                        """
                        INSERT INTO users (id, email, username, password_hash, is_active, created_at, updated_at)
                        VALUES (\(user.id), \(user.email), \(user.username), \(passwordHash), \(user.isActive),
                            \(user.createdAt), \(user.updatedAt))
                        """)
                    try Self.insert(session, on: connection)
                }
            }
        } catch StorageError.uniqueViolation {
            // Ids are ours and never repeat; what can be there already is the address.
            throw AppError.emailTaken
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
                ) { (User(row: $0), $0.text(6)) }
            }
        }
        return found.map { (user: $0.0, passwordHash: $0.1) }
    }

    package func replacePasswordHash(of id: UserID, from old: String, to new: String) async throws {
        try await translatingErrors {
            try await database.write { connection in
                try connection.execute(
                    "UPDATE users SET password_hash = \(new) WHERE id = \(id) AND password_hash = \(old)")
            }
        }
    }

    package func insert(_ session: NewSession) async throws {
        try await translatingErrors {
            try await database.write { connection in try Self.insert(session, on: connection) }
        }
    }

    private static func insert(_ new: NewSession, on connection: any Connection) throws {
        let session = new.session
        try connection.execute(
            """
            INSERT INTO sessions
                (id, user_id, token_digest, created_at, updated_at, expires_at, ip_address, user_agent)
            VALUES (\(session.id), \(session.userID), \(new.tokenDigest), \(session.createdAt), \(session.updatedAt),
                \(session.expiresAt), \(session.ipAddress), \(session.userAgent))
            """)
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
                try connection.row(query) { (Session(row: $0), User(row: $0, from: 7)) }
            }
        }
        return found.map { (session: $0.0, user: $0.1) }
    }

    package func deleteSession(_ id: SessionID, of user: UserID) async throws -> Bool {
        try await translatingErrors {
            try await database.write { connection in
                try connection.execute("DELETE FROM sessions WHERE id = \(id) AND user_id = \(user)") > 0
            }
        }
    }

    package func deleteExpiredSessions(at time: Timestamp) async throws -> Int {
        try await translatingErrors {
            try await database.write { connection in
                try connection.execute("DELETE FROM sessions WHERE expires_at <= \(time)")
            }
        }
    }
}

extension User {
    fileprivate init(row: any Row, from first: Int = 0) {
        self.init(
            id: UserID(rawValue: row.text(first)), email: EmailAddress(stored: row.text(first + 1)),
            username: row.optionalText(first + 2), isActive: row.bool(first + 3),
            createdAt: Timestamp(milliseconds: row.integer(first + 4)),
            updatedAt: Timestamp(milliseconds: row.integer(first + 5)))
    }
}

extension Session {
    fileprivate init(row: any Row) {
        self.init(
            id: SessionID(rawValue: row.text(0)), userID: UserID(rawValue: row.text(1)),
            createdAt: Timestamp(milliseconds: row.integer(2)), updatedAt: Timestamp(milliseconds: row.integer(3)),
            expiresAt: Timestamp(milliseconds: row.integer(4)), ipAddress: row.text(5), userAgent: row.text(6))
    }
}
