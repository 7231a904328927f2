extension Migration {
    /// Sessions. `token_digest` is the SHA-256 of the cookie's token, so the table alone opens no session.
    static let sessions = Migration(version: 2, name: "sessions") { dialect in
        [
            """
            CREATE TABLE sessions (
                id           \(dialect.key)    NOT NULL PRIMARY KEY,
                user_id      \(dialect.key)    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                token_digest \(dialect.key)    UNIQUE,
                created_at   BIGINT  NOT NULL,
                updated_at   BIGINT  NOT NULL,
                expires_at   BIGINT  NOT NULL,
                ip_address   TEXT    NOT NULL,
                user_agent   TEXT    NOT NULL,
                remembered   BOOLEAN NOT NULL
            )
            """,
            "CREATE INDEX sessions_by_user ON sessions (user_id)",
            "CREATE INDEX sessions_by_expiry ON sessions (expires_at)",
        ]
    }
}
