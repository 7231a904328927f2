extension Migration {
    /// New passwords that were asked for with two recovery codes, of accounts without a second factor and passkeys. They
    /// can be set from `ready_at` to `expires_at`, with the same two codes, which stay in `recovery_codes` as used.
    static let waitingResets = Migration(version: 39, name: "waiting resets") { dialect in
        [
            """
            CREATE TABLE waiting_resets (
                user_id        \(dialect.key) NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
                first_code_id  \(dialect.key) NOT NULL,
                second_code_id \(dialect.key) NOT NULL,
                requested_at   BIGINT NOT NULL,
                ready_at       BIGINT NOT NULL,
                expires_at     BIGINT NOT NULL
            )
            """,
            "CREATE INDEX waiting_resets_by_expiry ON waiting_resets (expires_at)",
        ]
    }
}
