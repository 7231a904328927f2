extension Migration {
    /// The last time the user of a session proved to be the account's owner; for existing sessions, when they began.
    static let recentProof = Migration(version: 21, name: "recent proof") { _ in
        [
            "ALTER TABLE sessions ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0",
            "UPDATE sessions SET proved_at = created_at",
        ]
    }
}
