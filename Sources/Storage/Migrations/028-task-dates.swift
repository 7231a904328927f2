extension Migration {
    /// Due date and start of tasks, as `CalendarTime.storedText`, and their priority, as RFC 5545 numbers it.
    static let taskDates = Migration(version: 28, name: "task dates") { _ in
        [
            "ALTER TABLE tasks ADD COLUMN due TEXT",
            "ALTER TABLE tasks ADD COLUMN start TEXT",
            "ALTER TABLE tasks ADD COLUMN priority BIGINT NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 9)",
        ]
    }
}
