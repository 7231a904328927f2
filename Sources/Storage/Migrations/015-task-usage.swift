extension Migration {
    /// Size of each account's tasks in bytes, including the trash. It is tracked in memory and saved every few
    /// seconds, so that task writes need not update it.
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
                SELECT user_id, \(size(dialect)) AS size FROM tasks
                UNION ALL
                SELECT user_id, \(size(dialect)) AS size FROM deleted_tasks
            ) AS all_tasks GROUP BY user_id
            """,
        ]
    }

    /// The size of a task, as it was counted then.
    private static func size(_ dialect: Dialect) -> String {
        switch dialect {
        case .sqlite: "(128 + length(CAST(title AS BLOB)) + COALESCE(length(CAST(description AS BLOB)), 0))"
        case .postgres: "(128 + octet_length(title) + COALESCE(octet_length(description), 0))"
        }
    }
}
