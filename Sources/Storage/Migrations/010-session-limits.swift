import Basics

extension Migration {
    /// The moment from which a session's absolute limit counts. For sessions that are there already it is now: nobody
    /// is signed out by an upgrade.
    static let sessionLimits = Migration(version: 10, name: "session limits") { _ in
        [
            "ALTER TABLE sessions ADD COLUMN limited_from BIGINT NOT NULL DEFAULT 0",
            "UPDATE sessions SET limited_from = \(Timestamp.now().milliseconds)",
            "CREATE INDEX sessions_by_limit ON sessions (limited_from)",
        ]
    }
}
