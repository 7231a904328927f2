extension Migration {
    /// Factors that were removed or replaced lately: with the link in the notice of a change, one that is older than the
    /// change shows the owner, whatever has become of it since.
    static let formerFactors = Migration(version: 41, name: "former factors") { dialect in
        let user = "\(dialect.key) NOT NULL REFERENCES users (id) ON DELETE CASCADE"
        return [
            """
            CREATE TABLE former_apps (
                user_id       \(user),
                activated_at  BIGINT NOT NULL,
                sealed_secret TEXT   NOT NULL,
                last_step     BIGINT NOT NULL,
                removed_at    BIGINT NOT NULL,
                PRIMARY KEY (user_id, activated_at)
            )
            """,
            """
            CREATE TABLE former_recovery_codes (
                id            \(dialect.key) NOT NULL PRIMARY KEY,
                user_id       \(user),
                sealed_digest TEXT   NOT NULL,
                used_at       BIGINT,
                removed_at    BIGINT NOT NULL
            )
            """,
            "CREATE INDEX former_recovery_codes_by_user ON former_recovery_codes (user_id)",
            """
            CREATE TABLE former_passkeys (
                id                     \(dialect.key)   NOT NULL PRIMARY KEY,
                user_id                \(user),
                credential_id          \(dialect.key)   NOT NULL,
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
                suspected_at           BIGINT,
                removed_at             BIGINT  NOT NULL
            )
            """,
            "CREATE INDEX former_passkeys_by_user ON former_passkeys (user_id)",
        ]
    }
}
