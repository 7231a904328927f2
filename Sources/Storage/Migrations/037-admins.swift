extension Migration {
    /// Admins. `admin_setup` has one row at most: the digest of the token that makes the first of them, until
    /// `closed_at` is set. That happens as soon as there is an admin, and stays so: the token is never offered again.
    static let admins = Migration(version: 37, name: "admins") { dialect in
        [
            "ALTER TABLE users ADD COLUMN is_admin BOOLEAN NOT NULL DEFAULT FALSE",
            "CREATE INDEX users_by_admin ON users (email) WHERE is_admin",
            "CREATE INDEX users_by_name ON users (\(dialect.nameKey.text))",
            """
            CREATE TABLE admin_setup (
                id           BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
                token_digest \(dialect.key),
                expires_at   BIGINT,
                closed_at    BIGINT
            )
            """,
        ]
    }
}
