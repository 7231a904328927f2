extension Migration {
    /// Tasks, clustered by owner. Ids grow with time, so key order is list order; filtered lists have their own index.
    static let tasks = Migration(version: 3, name: "tasks") { dialect in
        [
            """
            CREATE TABLE tasks (
                user_id      \(dialect.key)    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                id           \(dialect.key)    NOT NULL,
                title        TEXT    NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
                description  TEXT    CHECK (length(description) <= 10000),
                completed    BOOLEAN NOT NULL,
                completed_at BIGINT,
                created_at   BIGINT  NOT NULL,
                updated_at   BIGINT  NOT NULL,
                PRIMARY KEY (user_id, id),
                CHECK (completed = (completed_at IS NOT NULL))
            ) \(dialect.clustered)
            """,
            "CREATE INDEX tasks_by_state ON tasks (user_id, completed, id)",
        ]
    }
}
