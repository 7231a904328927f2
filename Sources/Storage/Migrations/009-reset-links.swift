extension Migration {
    /// Links that set a new password, once. `token_digest` is the SHA-256 of the link's token, so the table alone opens
    /// no account.
    static let resetLinks = Migration(version: 9, name: "reset links") { dialect in
        [
            """
            CREATE TABLE reset_links (
                token_digest \(dialect.key) NOT NULL PRIMARY KEY,
                user_id      \(dialect.key) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                created_at   BIGINT NOT NULL,
                expires_at   BIGINT NOT NULL
            )
            """,
            "CREATE INDEX reset_links_by_user ON reset_links (user_id)",
        ]
    }
}
