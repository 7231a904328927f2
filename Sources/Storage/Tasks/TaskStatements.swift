import Basics
import Domain

/// The columns of tasks in SQL.
enum TaskStatements {
    /// The owner, and the columns of `TaskColumn.all` in their order.
    static let columns = SQLColumns("user_id, id, title, description, completed_at, created_at, updated_at")

    static func insert(_ task: TaskItem) -> SQL {
        """
        INSERT INTO tasks (\(columns), completed)
        VALUES (\(task.ownerID), \(task.id), \(task.content.title.text), \(task.content.description?.text),
            \(task.completedAt), \(task.createdAt), \(task.updatedAt), \(task.isCompleted))
        """
    }

    /// What follows SET in an UPDATE.
    static func assignments(of changes: TaskChanges, at time: Timestamp) -> SQL {
        var parts: [SQL] = ["updated_at = \(time)"]
        if let title = changes.title { parts.append("title = \(title.text)") }
        if !changes.description.isKept { parts.append("description = \(changes.description.value?.text)") }
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
