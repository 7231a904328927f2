import Basics
import Calendar

/// The columns of a list of tasks, in the order in which `TaskStatements.columns` reads them.
@usableFromInline
package enum TaskColumn: Int, Sendable {
    case id, title, description, completedAt, createdAt, updatedAt, due, start, priority, repeats, tags, listID,
        parentID, position, subtasks, completedSubtasks, deletedAt, reminders

    package static let all: [TaskColumn] = [
        .id, .title, .description, .completedAt, .createdAt, .updatedAt, .due, .start, .priority, .repeats, .tags,
        .listID, .parentID, .position, .subtasks, .completedSubtasks, .deletedAt, .reminders,
    ]

    /// True for a text, false for an integer.
    @inlinable
    package var isText: Bool {
        switch self {
        case .id, .title, .description, .due, .start, .repeats, .tags, .listID, .parentID, .position, .reminders:
            true
        case .completedAt, .createdAt, .updatedAt, .priority, .subtasks, .completedSubtasks, .deletedAt: false
        }
    }

    @inlinable
    package var isOptional: Bool {
        switch self {
        case .description, .completedAt, .due, .start, .repeats, .tags, .parentID, .reminders: true
        case .id, .title, .createdAt, .updatedAt, .priority, .listID, .position, .subtasks, .completedSubtasks,
            .deletedAt:
            false
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
                start: row.optionalText(.start).flatMap(CalendarTime.init(stored:)),
                priorityNumber: row.integer(.priority),
                repeats: row.optionalText(.repeats).flatMap(TaskRepeat.init(stored:)),
                tags: row.optionalText(.tags).map([ItemName].init(stored:)) ?? [],
                reminders: row.optionalText(.reminders).map([Reminder].init(stored:)) ?? []),
            placement: TaskPlacement(
                listID: ListID(rawValue: row.text(.listID)),
                parentID: row.optionalText(.parentID).map(TaskID.init(rawValue:)),
                position: Position(rawValue: row.text(.position))),
            progress: TaskProgress(total: row.integer(.subtasks), completed: row.integer(.completedSubtasks)),
            completedAt: row.optionalTime(.completedAt), createdAt: row.time(.createdAt),
            updatedAt: row.time(.updatedAt), deletedAt: row.deletedAt)
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
            case .priority: append(task.content.priorityNumber)
            case .repeats: append(task.content.repeats?.storedText)
            case .tags: append(task.content.tags.isEmpty ? nil : task.content.tags.storedText)
            case .listID: append(task.placement.listID.rawValue)
            case .parentID: append(task.placement.parentID?.rawValue)
            case .position: append(task.placement.position.rawValue)
            case .subtasks: append(task.progress.total)
            case .completedSubtasks: append(task.progress.completed)
            case .deletedAt: append(task.deletedAt?.milliseconds ?? 0)
            case .reminders: append(task.content.reminders.storedText)
            }
        }
    }

    private mutating func append(_ text: String?) {
        guard let text else { return appendNull() }
        text.withBytes { append($0) }
    }

    private mutating func append(_ time: Timestamp?) {
        guard let time else { return appendNull() }
        append(time.milliseconds)
    }
}

extension [ItemName] {
    /// The names, each in its own line; empty for none.
    package var storedText: String { map(\.text).joined(separator: "\n") }

    package init(stored text: String) {
        self = text.utf8.split(separator: UInt8(ascii: "\n")).map {
            ItemName(stored: String(decoding: $0, as: UTF8.self))
        }
    }
}
