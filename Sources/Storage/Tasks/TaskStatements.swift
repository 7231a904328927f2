import Basics
import Domain

/// The columns of tasks in SQL.
enum TaskStatements {
    /// The owner, and the columns of `TaskColumn.all` in their order.
    static let columns = SQL(trusted: "user_id, " + names(of: TaskColumn.all))

    static func names(of columns: [TaskColumn]) -> String { columns.map { "\($0.name)" }.joined(separator: ", ") }

    /// The condition for the task with an id, outside of the trash.
    static func hasID(_ id: TaskID, _ dialect: Dialect) -> SQL {
        "\(isKept(dialect)) AND id = \(id)"
    }

    /// The condition for tasks outside of the trash, where an id says which.
    ///
    /// `deleted_at = 0` is the condition of partial indexes that begin with the owner and end with the id. PostgreSQL takes
    /// any of them while a table has no statistics, and then reads all that the owner has for each task. It cannot tell
    /// that no time is negative.
    static func isKept(_ dialect: Dialect) -> SQLColumns {
        switch dialect {
        case .sqlite: SQLColumns("deleted_at = 0")
        case .postgres: SQLColumns("deleted_at <= 0")
        }
    }

    /// The conditions that together find tasks in the trash and outside of it, where an id says which. In SQLite a task's
    /// place in its table depends on that.
    static func states(_ dialect: Dialect) -> [SQL] {
        switch dialect {
        case .sqlite: ["deleted_at = 0", "deleted_at > 0"]
        case .postgres: ["TRUE"]
        }
    }

    /// The size of a task in bytes, as `TaskItem.size`.
    static func size(_ dialect: Dialect) -> SQL {
        let texts = TaskColumn.counted.map { column in
            switch dialect {
            case .sqlite: "COALESCE(length(CAST(\(column.name) AS BLOB)), 0)"
            case .postgres: "COALESCE(octet_length(\(column.name)), 0)"
            }
        }
        return SQL(trusted: "(\(TaskItem.overhead) + \(texts.joined(separator: " + ")))")
    }

    /// Inserts a task, with no way to undo that.
    static func insertion(of task: TaskItem) -> SQL {
        let values = TaskColumn.all.map { SQL(value: SQLValue($0.value(of: task))) }
        return """
            INSERT INTO tasks (\(columns), completed)
            VALUES (\(task.ownerID), \(SQL.joined(values, by: ", ")), \(task.isCompleted))
            """
    }

    /// The size of a step of undoing in bytes, as `SQLTaskTransaction` counts it.
    static func undoSize(_ dialect: Dialect) -> SQL {
        switch dialect {
        case .sqlite:
            SQL(
                trusted:
                    """
                    (\(TaskItem.overhead) + COALESCE(length(CAST(old_row AS BLOB)), 0)
                     + COALESCE(length(CAST(new_row AS BLOB)), 0))
                    """)
        case .postgres:
            SQL(
                trusted:
                    "(\(TaskItem.overhead) + COALESCE(octet_length(old_row), 0) + COALESCE(octet_length(new_row), 0))")
        }
    }

    /// The size of a stored answer in bytes, as `StoredAnswer.size`.
    static func answerSize(_ dialect: Dialect) -> SQL {
        switch dialect {
        case .sqlite: SQL(trusted: "(\(TaskItem.overhead) + length(CAST(body AS BLOB)))")
        case .postgres: SQL(trusted: "(\(TaskItem.overhead) + octet_length(body))")
        }
    }
}

extension SQLValue {
    init(_ value: TaskValue) {
        switch value {
        case .text(let text?): self = .text(text)
        case .integer(let integer?): self = .integer(integer)
        case .text(nil), .integer(nil): self = .null
        }
    }
}

extension TaskItem {
    init(row: any Row) {
        var rows = TaskRows()
        row.append(to: &rows)
        self.init(rows[0], ownerID: UserID(rawValue: row.text(0)))
    }
}
