extension Migration {
    /// Second factors, and sign-ins that wait for one. `sealed_secret` and `sealed_digest` are encrypted under the server's
    /// secret; `origin` tells attempts from known devices, which have an allowance of their own; on devices
    /// that are trusted, the password alone signs in.
    static let secondFactors = Migration(version: 35, name: "second factors") { dialect in
        let user = "\(dialect.key) NOT NULL REFERENCES users (id) ON DELETE CASCADE"
        return [
            "ALTER TABLE users ADD COLUMN has_second_factor BOOLEAN NOT NULL DEFAULT FALSE",
            "ALTER TABLE known_devices ADD COLUMN trusted_until BIGINT",
            """
            CREATE TABLE second_factors (
                user_id       \(user) PRIMARY KEY,
                sealed_secret TEXT   NOT NULL,
                activated_at  BIGINT NOT NULL,
                last_step     BIGINT NOT NULL
            )
            """,
            """
            CREATE TABLE pending_factors (
                user_id       \(user) PRIMARY KEY,
                sealed_secret TEXT   NOT NULL,
                expires_at    BIGINT NOT NULL
            )
            """,
            """
            CREATE TABLE recovery_codes (
                id            \(dialect.key) NOT NULL PRIMARY KEY,
                user_id       \(user),
                sealed_digest TEXT NOT NULL,
                used_at       BIGINT
            )
            """,
            "CREATE INDEX recovery_codes_by_user ON recovery_codes (user_id)",
            """
            CREATE TABLE second_factor_failures (
                user_id      \(user),
                origin       \(dialect.key) NOT NULL,
                failures     BIGINT NOT NULL,
                locked_until BIGINT,
                PRIMARY KEY (user_id, origin)
            )
            """,
            """
            CREATE TABLE sign_in_challenges (
                token_digest    \(dialect.key) NOT NULL PRIMARY KEY,
                user_id         \(user),
                created_at      BIGINT  NOT NULL,
                expires_at      BIGINT  NOT NULL,
                tries           BIGINT  NOT NULL DEFAULT 0,
                is_remembered   BOOLEAN NOT NULL,
                is_known_device BOOLEAN NOT NULL
            )
            """,
            "CREATE INDEX sign_in_challenges_by_user ON sign_in_challenges (user_id)",
            "CREATE INDEX sign_in_challenges_by_expiry ON sign_in_challenges (expires_at)",
        ]
    }
}
