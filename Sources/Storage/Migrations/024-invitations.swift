extension Migration {
    /// Links that let their holders sign up. `token_digest` is the SHA-256 of the link's token, so the table alone
    /// admits no one. `email` is the only address that a link admits, `maximum_uses` is NULL for no limit.
    static let invitations = Migration(version: 24, name: "invitations") { dialect in
        [
            """
            CREATE TABLE invitations (
                id           \(dialect.key) NOT NULL PRIMARY KEY,
                token_digest \(dialect.key) NOT NULL UNIQUE,
                email        \(dialect.key),
                maximum_uses BIGINT CHECK (maximum_uses > 0),
                uses         BIGINT NOT NULL DEFAULT 0 CHECK (uses >= 0 AND uses <= maximum_uses),
                created_by   TEXT   NOT NULL,
                created_at   BIGINT NOT NULL,
                expires_at   BIGINT NOT NULL,
                revoked_at   BIGINT
            )
            """,
            "CREATE INDEX invitations_by_email ON invitations (email)",
            "CREATE INDEX invitations_by_expiry ON invitations (expires_at)",
        ]
    }
}
