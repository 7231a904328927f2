import Basics
import Domain

/// The columns of tasks in SQL.
enum TaskStatements {
    /// The owner, and the columns of `TaskColumn.all` in their order.
    static let columns = SQLColumns(
        "user_id, id, title, description, completed_at, created_at, updated_at, due, start, priority")

    /// The conditions on the rows of a page besides the owner, each with `AND` before it.
    static func conditions(of query: TaskQuery) -> SQL {
        var conditions: SQL = ""
        if let isCompleted = query.filter.isCompleted { conditions = " AND completed = \(isCompleted)" }
        guard let cursor = query.cursor else { return conditions }
        return switch (query.order.key, query.order.isDescending) {
        case (.creation, true): "\(conditions) AND id < \(cursor.id)"
        case (.creation, false): "\(conditions) AND id > \(cursor.id)"
        case (.lastChange, true): "\(conditions) AND (updated_at, id) < (\(cursor.key), \(cursor.id))"
        case (.lastChange, false): "\(conditions) AND (updated_at, id) > (\(cursor.key), \(cursor.id))"
        }
    }

    /// The terms of ORDER BY.
    static func order(_ order: TaskOrder) -> SQLColumns {
        switch (order.key, order.isDescending) {
        case (.creation, true): SQLColumns("id DESC")
        case (.creation, false): SQLColumns("id")
        case (.lastChange, true): SQLColumns("updated_at DESC, id DESC")
        case (.lastChange, false): SQLColumns("updated_at, id")
        }
    }

    /// A task that is not in the trash.
    static func task(_ id: TaskID, of owner: UserID) -> SQL {
        "user_id = \(owner) AND deleted_at = 0 AND id = \(id)"
    }

    /// The size of a task in bytes, as `TaskItem.size`.
    static func size(_ dialect: Dialect) -> SQLColumns {
        switch dialect {
        case .sqlite: SQLColumns("(128 + length(CAST(title AS BLOB)) + COALESCE(length(CAST(description AS BLOB)), 0))")
        case .postgres: SQLColumns("(128 + octet_length(title) + COALESCE(octet_length(description), 0))")
        }
    }

    /// The size of a stored answer in bytes, as `StoredAnswer.size`.
    static func answerSize(_ dialect: Dialect) -> SQLColumns {
        switch dialect {
        case .sqlite: SQLColumns("(128 + length(CAST(body AS BLOB)))")
        case .postgres: SQLColumns("(128 + octet_length(body))")
        }
    }

    static func insert(_ task: TaskItem) -> SQL {
        """
        INSERT INTO tasks (\(columns), completed)
        VALUES (\(task.ownerID), \(task.id), \(task.content.title.text), \(task.content.description?.text),
            \(task.completedAt), \(task.createdAt), \(task.updatedAt), \(task.content.due?.storedText),
            \(task.content.start?.storedText), \(task.content.priority.number), \(task.isCompleted))
        """
    }

    /// The assignments of an UPDATE.
    static func assignments(of changes: TaskChanges, at time: Timestamp) -> SQL {
        var parts: [SQL] = ["updated_at = \(time)"]
        if let title = changes.title { parts.append("title = \(title.text)") }
        if !changes.description.isKept { parts.append("description = \(changes.description.value?.text)") }
        if !changes.due.isKept { parts.append("due = \(changes.due.value?.storedText)") }
        if !changes.start.isKept { parts.append("start = \(changes.start.value?.storedText)") }
        if let priority = changes.priority {
            let numbers = priority.numbers
            parts.append(
                """
                priority = CASE WHEN priority BETWEEN \(numbers.lowerBound) AND \(numbers.upperBound) THEN priority
                    ELSE \(priority.number) END
                """)
        }
        if let isCompleted = changes.isCompleted {
            parts.append("completed = \(isCompleted)")
            parts.append("completed_at = \(isCompleted ? "COALESCE(completed_at, \(time))" as SQL : "NULL")")
        }
        return .joined(parts, by: ", ")
    }
}

// Reads the columns in `TaskStatements.columns`, in order.
extension TaskRows {
    mutating func append(_ row: any Row) {
        for column in TaskColumn.all {
            let number = column.rawValue + 1
            if column.isOptional, row.isNull(number) {
                appendNull()
            } else if column.isText {
                append { $0.append(contentsOf: row.bytes(number)) }
            } else {
                append(row.integer(number))
            }
        }
    }
}

extension TaskItem {
    init(row: any Row) {
        var rows = TaskRows()
        rows.append(row)
        self.init(rows[0], ownerID: UserID(rawValue: row.text(0)))
    }
}
