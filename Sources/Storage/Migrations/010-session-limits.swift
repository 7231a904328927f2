import Basics

extension Migration {
    /// The start of a session's absolute limit. For existing sessions it is the time of the migration: an upgrade signs
    /// no user out.
    static let sessionLimits = Migration(version: 10, name: "session limits") { _ in
        [
            "ALTER TABLE sessions ADD COLUMN limited_from BIGINT NOT NULL DEFAULT 0",
            "UPDATE sessions SET limited_from = \(Timestamp.now().milliseconds)",
            "CREATE INDEX sessions_by_limit ON sessions (limited_from)",
        ]
    }
}
