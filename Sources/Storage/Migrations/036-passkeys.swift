extension Migration {
    /// Passkeys, and the challenges that were answered. `passkey_handle` is random: authenticators keep it, and it tells
    /// them no address. `user_handle` is NULL for a passkey from elsewhere.
    static let passkeys = Migration(version: 36, name: "passkeys") { dialect in
        [
            "ALTER TABLE users ADD COLUMN passkey_handle \(dialect.bytes)",
            """
            CREATE TABLE passkeys (
                id                     \(dialect.key)   NOT NULL PRIMARY KEY,
                user_id                \(dialect.key)   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                credential_id          \(dialect.key)   NOT NULL UNIQUE,
                public_key             \(dialect.bytes) NOT NULL,
                user_handle            \(dialect.bytes),
                name                   TEXT    NOT NULL,
                transports             TEXT    NOT NULL,
                aaguid                 TEXT    NOT NULL,
                created_at             BIGINT  NOT NULL,
                is_of_verified_address BOOLEAN NOT NULL,
                is_backup_eligible     BOOLEAN NOT NULL,
                is_backed_up           BOOLEAN NOT NULL,
                sign_count             BIGINT  NOT NULL,
                last_used_at           BIGINT,
                suspected_at           BIGINT
            )
            """,
            "CREATE INDEX passkeys_by_user ON passkeys (user_id)",
            """
            CREATE TABLE used_challenges (
                digest     \(dialect.key) NOT NULL PRIMARY KEY,
                expires_at BIGINT NOT NULL
            )
            """,
            "CREATE INDEX used_challenges_by_expiry ON used_challenges (expires_at)",
        ]
    }
}
