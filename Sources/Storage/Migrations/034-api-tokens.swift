extension Migration {
    /// API tokens. `digest` is the SHA-256 of a token's text, so the table alone opens nothing; `scopes` are separated by
    /// spaces, `expires_at` is NULL for a token without an expiry.
    static let apiTokens = Migration(version: 34, name: "api tokens") { dialect in
        [
            """
            CREATE TABLE api_tokens (
                id                \(dialect.key) NOT NULL PRIMARY KEY,
                user_id           \(dialect.key) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                digest            \(dialect.key) NOT NULL UNIQUE,
                name              TEXT   NOT NULL,
                scopes            TEXT   NOT NULL,
                created_at        BIGINT NOT NULL,
                expires_at        BIGINT,
                last_used_at      BIGINT,
                last_used_address TEXT   NOT NULL
            )
            """,
            "CREATE INDEX api_tokens_by_user ON api_tokens (user_id)",
            "CREATE INDEX api_tokens_by_expiry ON api_tokens (expires_at)",
        ]
    }
}
