extension Migration {
    /// The last use of each session, to the hour; the colours that a user has chosen; an index of the audit trail, by
    /// which an account's newest events are found.
    static let accountPage = Migration(version: 22, name: "account page") { _ in
        [
            "ALTER TABLE sessions ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0",
            "UPDATE sessions SET seen_at = updated_at",
            """
            ALTER TABLE users ADD COLUMN appearance TEXT NOT NULL DEFAULT 'system'
                CHECK (appearance IN ('system', 'light', 'dark'))
            """,
            "CREATE INDEX audit_events_by_user ON audit_events (user_id, number) WHERE user_id IS NOT NULL",
        ]
    }
}
