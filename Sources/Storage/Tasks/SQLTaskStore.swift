import Basics
import Domain

/// Tasks in a database.
package struct SQLTaskStore: TaskStore {
    private let database: any Database
    private static let columns = SQLColumns("user_id, id, title, description, completed_at, created_at, updated_at")
    fileprivate static let allColumns = SQLColumns(
        "user_id, id, title, description, completed, completed_at, created_at, updated_at")

    package init(_ database: any Database) { self.database = database }

    package func tasks<Value: Sendable>(
        ownedBy owner: UserID, matching query: TaskQuery, _ read: @escaping @Sendable (inout TaskRows) throws -> Value
    ) async throws -> Value {
        try await translatingErrors {
            try await database.read { connection in
                try connection.withRows(Self.list(of: owner, matching: query)) { next in
                    var rows = TaskRows(limit: query.limit) { try next().map(TaskRow.init(row:)) }
                    return try read(&rows)
                }
            }
        }
    }

    package func version(ofTasksOf owner: UserID) -> TasksVersion? { database.version(ofTasksOf: owner) }

    /// One more than the page size, to detect if there is a next page.
    private static func list(of owner: UserID, matching query: TaskQuery) -> SQL {
        // No id sorts after "~", so that is the cursor of the first page, and one statement serves all.
        let before = query.cursor?.rawValue ?? "~"
        if let isCompleted = query.isCompleted {
            return """
                SELECT \(columns) FROM tasks
                 WHERE user_id = \(owner) AND completed = \(isCompleted) AND id < \(before)
                 ORDER BY id DESC LIMIT \(query.limit + 1)
                """
        }
        return """
            SELECT \(columns) FROM tasks
             WHERE user_id = \(owner) AND id < \(before)
             ORDER BY id DESC LIMIT \(query.limit + 1)
            """
    }

    package func task(_ id: TaskID, ownedBy owner: UserID) async throws -> TaskItem? {
        try await translatingErrors {
            try await database.read { connection in
                try connection.row(
                    "SELECT \(Self.columns) FROM tasks WHERE user_id = \(owner) AND id = \(id)", TaskItem.init(row:))
            }
        }
    }

    package func insert(_ task: TaskItem) async throws {
        try await translatingErrors(of: task.ownerID, in: database) {
            try await database.write(touching: .of(task.ownerID)) { connection in
                try connection.requireRoom()
                try connection.insert(task)
            }
        }
    }

    package func update(
        _ id: TaskID, ownedBy owner: UserID, with changes: TaskChanges, at time: Timestamp
    ) async throws -> UpdatedTask? {
        let details = changes.details.flatMap { $0?.text }
        let changesText = changes.title != nil || changes.details != nil
        return try await translatingErrors(of: owner, in: database) {
            try await database.write(touching: .of(owner)) { connection in
                var before: Int64?
                if changesText {
                    try connection.requireRoom()
                    before = try connection.row(
                        """
                        SELECT \(connection.dialect.taskSize) FROM tasks WHERE user_id = \(owner) AND id = \(id)
                        \(connection.dialect.rowLock)
                        """
                    ) { $0.integer(0) }
                }
                let task = try connection.row(
                    """
                    UPDATE tasks
                       SET title        = COALESCE(\(changes.title?.text), title),
                           description  = CASE WHEN \(changes.details != nil) THEN \(details)
                                               ELSE description END,
                           completed    = COALESCE(\(changes.isCompleted), completed),
                           completed_at = CASE WHEN COALESCE(\(changes.isCompleted), completed)
                                               THEN COALESCE(completed_at, \(time)) ELSE NULL END,
                           updated_at   = \(time)
                     WHERE user_id = \(owner) AND id = \(id)
                    RETURNING \(Self.columns)
                    """, TaskItem.init(row:))
                return task.map { task in
                    let size = TaskSize.bytes(title: task.title, details: task.details)
                    return UpdatedTask(task: task, growth: before.map { size - $0 } ?? 0)
                }
            }
        }
    }

    package func delete(_ id: TaskID, ownedBy owner: UserID, at time: Timestamp) async throws -> Bool {
        try await translatingErrors(of: owner, in: database) {
            try await database.write(touching: .of(owner)) { connection in
                // A separate table keeps the trash out of every list's scan.
                let copied = try connection.execute(
                    """
                    INSERT INTO deleted_tasks (\(Self.allColumns), deleted_at)
                    SELECT \(Self.allColumns), CAST(\(time) AS BIGINT) FROM tasks
                     WHERE user_id = \(owner) AND id = \(id)
                    """)
                try connection.execute("DELETE FROM tasks WHERE user_id = \(owner) AND id = \(id)")
                return copied > 0
            }
        }
    }

    package func restore(_ id: TaskID, ownedBy owner: UserID) async throws -> TaskItem? {
        try await translatingErrors(of: owner, in: database) {
            try await database.write(touching: .of(owner)) { connection in
                let restored = try connection.row(
                    """
                    INSERT INTO tasks (\(Self.allColumns))
                    SELECT \(Self.allColumns) FROM deleted_tasks
                     WHERE user_id = \(owner) AND id = \(id)
                    RETURNING \(Self.columns)
                    """, TaskItem.init(row:))
                try connection.execute("DELETE FROM deleted_tasks WHERE user_id = \(owner) AND id = \(id)")
                return restored
            }
        }
    }

    package func emptyTrash(before time: Timestamp) async throws -> (count: Int, bytes: [UserID: Int64]) {
        try await translatingErrors {
            try await database.write(touching: .nobodys) { connection in
                var (count, bytes) = (0, [UserID: Int64]())
                let deleted: SQL = """
                    DELETE FROM deleted_tasks WHERE deleted_at < \(time)
                    RETURNING user_id, \(connection.dialect.taskSize)
                    """
                try connection.withRows(deleted) { next in
                    while let row = try next() {
                        count += 1
                        bytes[UserID(rawValue: row.text(0)), default: 0] += row.integer(1)
                    }
                }
                return (count, bytes)
            }
        }
    }

    package func shrinkTrash(of owner: UserID) async throws -> Int64 {
        try await translatingErrors {
            try await database.write(touching: .nobodys) { connection in
                try connection.rows(
                    """
                    DELETE FROM deleted_tasks WHERE user_id = \(owner) AND id IN (
                        SELECT id FROM deleted_tasks WHERE user_id = \(owner) ORDER BY id LIMIT 100
                    )
                    RETURNING \(connection.dialect.taskSize)
                    """
                ) { $0.integer(0) }.reduce(0, +)
            }
        }
    }

    package func usage(of owner: UserID) async throws -> Int64 {
        try await translatingErrors {
            try await database.read { connection in
                try connection.row("SELECT bytes FROM task_usage WHERE user_id = \(owner)") { $0.integer(0) } ?? 0
            }
        }
    }

    package func addUsage(_ bytes: [UserID: Int64]) async throws {
        // In a fixed order, so that two processes never deadlock.
        let changes = bytes.sorted { $0.key.rawValue < $1.key.rawValue }
        try await translatingErrors {
            try await database.write(touching: .nobodys) { connection in
                for (owner, bytes) in changes { try connection.addUsage(bytes, of: owner) }
            }
        }
    }
}

extension Connection {
    /// Does nothing if the account is gone.
    func addUsage(_ bytes: Int64, of owner: UserID) throws {
        try execute(
            """
            INSERT INTO task_usage (user_id, bytes)
            SELECT id, CAST(\(bytes) AS BIGINT) FROM users WHERE id = \(owner)
            ON CONFLICT (user_id) DO UPDATE SET bytes = task_usage.bytes + excluded.bytes
            """)
    }

    func insert(_ task: TaskItem) throws {
        try execute(
            """
            INSERT INTO tasks (\(SQLTaskStore.allColumns))
            VALUES (\(task.ownerID), \(task.id), \(task.title), \(task.details), \(task.isCompleted),
                \(task.completedAt), \(task.createdAt), \(task.updatedAt))
            """)
    }
}

// Reads the columns in `SQLTaskStore.columns`, in order.
extension TaskRow {
    fileprivate init(row: any Row) {
        self.init(
            id: row.bytes(1), title: row.bytes(2), details: row.isNull(3) ? nil : row.bytes(3),
            completedAt: row.optionalInteger(4).map(Timestamp.init(milliseconds:)),
            createdAt: Timestamp(milliseconds: row.integer(5)), updatedAt: Timestamp(milliseconds: row.integer(6)))
    }
}

extension TaskItem {
    fileprivate init(row: any Row) { self.init(TaskRow(row: row), ownerID: UserID(rawValue: row.text(0))) }
}
