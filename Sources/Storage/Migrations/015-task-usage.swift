extension Migration {
    /// Size of each account's tasks in bytes, including the trash. It is tracked in memory and saved every few seconds,
    /// so that no task write waits for another of the same account.
    static let taskUsage = Migration(version: 15, name: "task usage") { dialect in
        [
            """
            CREATE TABLE task_usage (
                user_id \(dialect.key) NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
                bytes   BIGINT NOT NULL
            ) \(dialect.clustered)
            """,
            """
            INSERT INTO task_usage (user_id, bytes)
            SELECT user_id, SUM(size) FROM (
                SELECT user_id, \(dialect.taskSize.text) AS size FROM tasks
                UNION ALL
                SELECT user_id, \(dialect.taskSize.text) AS size FROM deleted_tasks
            ) AS all_tasks GROUP BY user_id
            """,
        ]
    }
}
