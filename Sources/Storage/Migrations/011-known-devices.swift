extension Migration {
    /// Browsers that have signed in to an account. `digest` is the SHA-256 of the browser's token, so the table alone
    /// grants no extra attempts.
    static let knownDevices = Migration(version: 11, name: "known devices") { dialect in
        [
            """
            CREATE TABLE known_devices (
                digest     \(dialect.key) NOT NULL PRIMARY KEY,
                user_id    \(dialect.key) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                created_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL
            )
            """,
            "CREATE INDEX known_devices_by_user ON known_devices (user_id)",
            "CREATE INDEX known_devices_by_expiry ON known_devices (expires_at)",
        ]
    }
}
