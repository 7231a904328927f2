extension Migration {
    /// The trash: deleted tasks that can still be restored.
    static let deletedTasks = Migration(version: 4, name: "deleted tasks") { dialect in
        [
            """
            CREATE TABLE deleted_tasks (
                user_id      \(dialect.key)    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                id           \(dialect.key)    NOT NULL,
                title        TEXT    NOT NULL,
                description  TEXT,
                completed    BOOLEAN NOT NULL,
                completed_at BIGINT,
                created_at   BIGINT  NOT NULL,
                updated_at   BIGINT  NOT NULL,
                deleted_at   BIGINT  NOT NULL,
                PRIMARY KEY (user_id, id)
            ) \(dialect.clustered)
            """,
            "CREATE INDEX deleted_tasks_by_time ON deleted_tasks (deleted_at)",
        ]
    }
}
