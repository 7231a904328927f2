extension Migration {
    /// Deleted tasks stay in the table of tasks, at the time of their deletion, or 0 for tasks that are not deleted.
    /// They are kept out of the lists' indexes: in SQLite by their place in the clustered table, in PostgreSQL by
    /// partial indexes.
    static let trash = Migration(version: 18, name: "trash") { dialect in
        switch dialect {
        case .sqlite: sqlite + indexes
        case .postgres: postgres + indexes
        }
    }

    private static let columns =
        "user_id, id, title, description, completed, completed_at, created_at, updated_at, deleted_at"

    /// Rows of accounts that do not exist, which an SQL shell without foreign keys may have left, are left out.
    ///
    /// The columns of the key come first and in its order: for others, SQLite 3.40's `quick_check` reports NULLs that
    /// are not there.
    private static let sqlite = [
        """
        CREATE TABLE all_tasks (
            user_id      TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            deleted_at   BIGINT  NOT NULL DEFAULT 0,
            id           TEXT    NOT NULL,
            title        TEXT    NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
            description  TEXT    CHECK (length(description) <= 10000),
            completed    BOOLEAN NOT NULL,
            completed_at BIGINT,
            created_at   BIGINT  NOT NULL,
            updated_at   BIGINT  NOT NULL,
            PRIMARY KEY (user_id, deleted_at, id),
            CHECK (completed = (completed_at IS NOT NULL))
        ) WITHOUT ROWID
        """,
        """
        INSERT INTO all_tasks (\(columns))
        SELECT user_id, id, title, description, completed, completed_at, created_at, updated_at, 0 FROM tasks
         WHERE user_id IN (SELECT id FROM users)
        """,
        """
        INSERT INTO all_tasks (\(columns)) SELECT \(columns) FROM deleted_tasks
         WHERE user_id IN (SELECT id FROM users)
        """,
        "DROP TABLE tasks",
        "DROP TABLE deleted_tasks",
        "ALTER TABLE all_tasks RENAME TO tasks",
    ]

    private static let postgres = [
        "ALTER TABLE tasks ADD COLUMN deleted_at BIGINT NOT NULL DEFAULT 0",
        "INSERT INTO tasks (\(columns)) SELECT \(columns) FROM deleted_tasks",
        "DROP TABLE deleted_tasks",
        "DROP INDEX tasks_by_state",
        "CREATE INDEX tasks_by_id ON tasks (user_id, id) WHERE deleted_at = 0",
    ]

    private static let indexes = [
        "CREATE INDEX tasks_by_state ON tasks (user_id, completed, id) WHERE deleted_at = 0",
        "CREATE INDEX tasks_in_trash ON tasks (user_id, id) WHERE deleted_at > 0",
        "CREATE INDEX tasks_by_deletion ON tasks (deleted_at) WHERE deleted_at > 0",
    ]
}
