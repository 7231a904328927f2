import Basics
import Domain

extension SQLAccountStore: APITokenStore {
    private static let tokenColumns = SQLColumns(
        """
        api_tokens.id, api_tokens.user_id, api_tokens.name, api_tokens.scopes, api_tokens.created_at,
        api_tokens.expires_at, api_tokens.last_used_at, api_tokens.last_used_address
        """)

    package func insert(
        _ token: APIToken, digest: String, from session: SessionID, notifying notice: SecurityNotice?,
        recording event: AuditEvent
    ) async throws {
        try await translatingErrors {
            try await database.write { [audit] connection in
                // Under the lock, so that neither a password that is being reset nor another token is overlooked.
                guard let user = try connection.lock(token.userID, where: "is_active"),
                    try connection.hasSession(session, of: token.userID)
                else { throw AppError.invalidToken }
                guard try connection.tokenCount(of: token.userID) < APIToken.maximumPerAccount else {
                    throw APIToken.tooMany
                }
                try connection.execute(
                    """
                    INSERT INTO api_tokens
                        (id, user_id, digest, name, scopes, created_at, expires_at, last_used_at, last_used_address)
                    VALUES (\(token.id), \(token.userID), \(digest), \(token.name.text), \(token.scopes.text),
                        \(token.createdAt), \(token.expiresAt), \(token.lastUsedAt), \(token.lastUsedAddress))
                    """)
                try connection.notify(notice, before: user)
                try connection.record(event, in: audit)
            }
        }
    }

    package func tokens(of user: UserID) async throws -> [APIToken] {
        try await translatingErrors {
            try await database.read { connection in
                try connection.rows(
                    "SELECT \(Self.tokenColumns) FROM api_tokens WHERE user_id = \(user) ORDER BY id DESC"
                ) { APIToken(row: $0) }
            }
        }
    }

    package func token(digest: String) async throws -> (token: APIToken, user: User)? {
        let found = try await translatingErrors {
            try await database.read { connection in
                try connection.row(
                    """
                    SELECT \(Self.userColumns), \(Self.tokenColumns)
                      FROM api_tokens JOIN users ON users.id = api_tokens.user_id
                     WHERE api_tokens.digest = \(digest)
                    """
                ) { (APIToken(row: $0, from: User.columnCount), User(row: $0)) }
            }
        }
        return found.map { (token: $0.0, user: $0.1) }
    }

    package func noteUse(of id: APITokenID, at time: Timestamp, from address: String) async throws {
        let limit = time.adding(seconds: -APIToken.useIntervalSeconds)
        try await translatingErrors {
            _ = try await database.write { connection in
                try connection.execute(
                    """
                    UPDATE api_tokens SET last_used_at = \(time), last_used_address = \(address)
                     WHERE id = \(id) AND (last_used_at IS NULL OR last_used_at <= \(limit))
                    """)
            }
        }
    }

    package func deleteToken(_ id: APITokenID, of user: UserID, recording event: AuditEvent) async throws -> Bool {
        try await translatingErrors {
            try await database.write { [audit] connection in
                let deleted = try connection.execute(
                    "DELETE FROM api_tokens WHERE id = \(id) AND user_id = \(user)")
                guard deleted > 0 else { return false }
                try connection.announce(.user(user))
                try connection.record(event, in: audit)
                return true
            }
        }
    }

    package func deleteTokens(of user: UserID, recording event: AuditEvent) async throws -> Int {
        try await translatingErrors {
            try await database.write { [audit] connection in
                let count = try connection.deleteTokens(of: user)
                guard count > 0 else { return 0 }
                try connection.announce(.user(user))
                try connection.record(event.counting(tokens: count), in: audit)
                return count
            }
        }
    }

    package func deleteTokens(expiredBefore time: Timestamp) async throws -> Int {
        try await translatingErrors {
            try await database.write { try $0.execute("DELETE FROM api_tokens WHERE expires_at < \(time)") }
        }
    }
}

extension Connection {
    /// Returns the number of tokens deleted.
    func deleteTokens(of user: UserID) throws -> Int {
        try execute("DELETE FROM api_tokens WHERE user_id = \(user)")
    }

    fileprivate func tokenCount(of user: UserID) throws -> Int64 {
        try row("SELECT COUNT(*) FROM api_tokens WHERE user_id = \(user)") { $0.integer(0) } ?? 0
    }

    func hasSession(_ id: SessionID, of user: UserID) throws -> Bool {
        try row("SELECT 1 FROM sessions WHERE id = \(id) AND user_id = \(user)") { _ in true } ?? false
    }
}

extension APIToken {
    fileprivate init(row: any Row, from first: Int = 0) {
        self.init(
            id: APITokenID(rawValue: row.text(first)), userID: UserID(rawValue: row.text(first + 1)),
            name: ItemName(stored: row.text(first + 2)), scopes: TokenScopes(stored: row.text(first + 3)),
            createdAt: Timestamp(milliseconds: row.integer(first + 4)),
            expiresAt: row.optionalInteger(first + 5).map(Timestamp.init(milliseconds:)),
            lastUsedAt: row.optionalInteger(first + 6).map(Timestamp.init(milliseconds:)),
            lastUsedAddress: row.text(first + 7))
    }
}
