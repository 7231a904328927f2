import Basics
import Calendar

/// The columns of a list of tasks, in the order in which `TaskStatements.columns` reads them.
package enum TaskColumn: Int, Sendable {
    case id, title, description, completedAt, createdAt, updatedAt, due, start, priority

    package static let all: [TaskColumn] = [
        .id, .title, .description, .completedAt, .createdAt, .updatedAt, .due, .start, .priority,
    ]

    /// True for a text, false for an integer.
    package var isText: Bool {
        switch self {
        case .id, .title, .description, .due, .start: true
        case .completedAt, .createdAt, .updatedAt, .priority: false
        }
    }

    package var isOptional: Bool {
        switch self {
        case .description, .completedAt, .due, .start: true
        case .id, .title, .createdAt, .updatedAt, .priority: false
        }
    }
}

extension TaskItem {
    package init(_ row: TaskRow, ownerID: UserID) {
        self.init(
            id: TaskID(rawValue: row.text(.id)), ownerID: ownerID,
            content: TaskContent(
                title: TaskTitle(stored: row.text(.title)),
                description: row.optionalText(.description).map(TaskText.init(stored:)),
                due: row.optionalText(.due).flatMap(CalendarTime.init(stored:)),
                start: row.optionalText(.start).flatMap(CalendarTime.init(stored:)), priority: row.priority),
            completedAt: row.optionalTime(.completedAt), createdAt: row.time(.createdAt),
            updatedAt: row.time(.updatedAt))
    }
}

extension TaskRows {
    /// One row.
    package init(_ task: TaskItem) {
        self.init()
        for column in TaskColumn.all {
            switch column {
            case .id: append(task.id.rawValue)
            case .title: append(task.content.title.text)
            case .description: append(task.content.description?.text)
            case .completedAt: append(task.completedAt)
            case .createdAt: append(task.createdAt)
            case .updatedAt: append(task.updatedAt)
            case .due: append(task.content.due?.storedText)
            case .start: append(task.content.start?.storedText)
            case .priority: append(task.content.priority.number)
            }
        }
    }

    private mutating func append(_ text: String?) {
        guard let text else { return appendNull() }
        append { $0.append(contentsOf: text.utf8) }
    }

    private mutating func append(_ time: Timestamp?) {
        guard let time else { return appendNull() }
        append(time.milliseconds)
    }
}
