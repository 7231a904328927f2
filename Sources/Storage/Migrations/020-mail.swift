extension Migration {
    /// Mail to send, and the links that accounts get, by e-mail or from the operator. `user_id` is NULL for an address
    /// without an account, which takes the same rows; `address` is NULL for links that were not mailed.
    static let mail = Migration(version: 20, name: "mail") { dialect in
        [
            """
            CREATE TABLE mail_outbox (
                id           \(dialect.key) NOT NULL PRIMARY KEY,
                kind         TEXT NOT NULL,
                user_id      \(dialect.key),
                address      \(dialect.key) NOT NULL,
                details      TEXT NOT NULL,
                state        TEXT NOT NULL,
                created_at   BIGINT NOT NULL,
                due_at       BIGINT NOT NULL,
                expires_at   BIGINT NOT NULL,
                settled_at   BIGINT,
                attempts     BIGINT NOT NULL,
                sender       TEXT,
                leased_until BIGINT NOT NULL,
                reply        TEXT
            )
            """,
            "CREATE INDEX mail_outbox_by_due ON mail_outbox (due_at, id) WHERE state = 'waiting'",
            "CREATE INDEX mail_outbox_by_address ON mail_outbox (address, created_at)",
            """
            CREATE TABLE account_links (
                token_digest \(dialect.key) NOT NULL PRIMARY KEY,
                purpose      TEXT NOT NULL,
                user_id      \(dialect.key) REFERENCES users (id) ON DELETE CASCADE,
                address      \(dialect.key),
                created_at   BIGINT NOT NULL,
                expires_at   BIGINT NOT NULL
            )
            """,
            "CREATE INDEX account_links_by_user ON account_links (user_id)",
            """
            INSERT INTO account_links (token_digest, purpose, user_id, created_at, expires_at)
            SELECT token_digest, 'password-reset', user_id, created_at, expires_at FROM reset_links
            """,
            "DROP TABLE reset_links",
        ]
    }
}
