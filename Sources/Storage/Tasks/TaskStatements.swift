import Basics
import Domain

/// The columns of tasks in SQL.
enum TaskStatements {
    /// The owner, and the columns of `TaskColumn.all` in their order.
    static let columns = SQLColumns(
        """
        user_id, id, title, description, completed_at, created_at, updated_at, due, start, priority, repeats, tags, \
        list_id, parent_id, position, subtasks, completed_subtasks, deleted_at, \
        reminders
        """)

    /// The size of a task in bytes, as `TaskItem.size`.
    static func size(_ dialect: Dialect) -> SQLColumns {
        switch dialect {
        case .sqlite:
            SQLColumns(
                """
                (128 + length(CAST(title AS BLOB)) + COALESCE(length(CAST(description AS BLOB)), 0)
                 + COALESCE(length(CAST(repeats AS BLOB)), 0) + COALESCE(length(CAST(tags AS BLOB)), 0))
                """)
        case .postgres:
            SQLColumns(
                """
                (128 + octet_length(title) + COALESCE(octet_length(description), 0)
                 + COALESCE(octet_length(repeats), 0) + COALESCE(octet_length(tags), 0))
                """)
        }
    }

    /// The size of a step of undoing in bytes, as `SQLTaskTransaction` counts it.
    static func undoSize(_ dialect: Dialect) -> SQLColumns {
        switch dialect {
        case .sqlite:
            SQLColumns(
                """
                (128 + COALESCE(length(CAST(old_row AS BLOB)), 0) + COALESCE(length(CAST(new_row AS BLOB)), 0))
                """)
        case .postgres:
            SQLColumns("(128 + COALESCE(octet_length(old_row), 0) + COALESCE(octet_length(new_row), 0))")
        }
    }

    /// The size of a stored answer in bytes, as `StoredAnswer.size`.
    static func answerSize(_ dialect: Dialect) -> SQLColumns {
        switch dialect {
        case .sqlite: SQLColumns("(128 + length(CAST(body AS BLOB)))")
        case .postgres: SQLColumns("(128 + octet_length(body))")
        }
    }
}

// Reads the columns in `TaskStatements.columns`, in order.
extension TaskRows {
    mutating func append(_ row: any Row) {
        for column in TaskColumn.all {
            let number = column.rawValue + 1
            if column.isText {
                append(row.optionalBytes(number))
            } else if column.isOptional, row.isNull(number) {
                appendNull()
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
