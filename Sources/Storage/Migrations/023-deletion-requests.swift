extension Migration {
    /// The time when a user asked for the account's deletion; such an account is inactive.
    static let deletionRequests = Migration(version: 23, name: "deletion requests") { _ in
        [
            "ALTER TABLE users ADD COLUMN deletion_requested_at BIGINT",
            """
            CREATE INDEX users_by_deletion ON users (deletion_requested_at) WHERE deletion_requested_at IS NOT NULL
            """,
        ]
    }
}
