import Basics

/// The columns of a list of tasks, in the order in which `TaskStatements.columns` reads them.
package enum TaskColumn: Int, Sendable {
    case id, title, description, completedAt, createdAt, updatedAt

    package static let all: [TaskColumn] = [.id, .title, .description, .completedAt, .createdAt, .updatedAt]

    /// True for a text, false for a time.
    package var isText: Bool {
        switch self {
        case .id, .title, .description: true
        case .completedAt, .createdAt, .updatedAt: false
        }
    }

    package var isOptional: Bool {
        switch self {
        case .description, .completedAt: true
        case .id, .title, .createdAt, .updatedAt: false
        }
    }
}

extension TaskItem {
    package init(_ row: TaskRow, ownerID: UserID) {
        self.init(
            id: TaskID(rawValue: row.text(.id)), ownerID: ownerID,
            content: TaskContent(
                title: TaskTitle(stored: row.text(.title)),
                description: row.optionalText(.description).map(TaskText.init(stored:))),
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
