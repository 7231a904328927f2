import Basics
import Calendar

/// The columns of tasks, from which the statements that read, write, copy and undo them are made.
@usableFromInline
package enum TaskColumn: Int, Sendable {
    case id, title, description, completedAt, createdAt, updatedAt, due, start, priority, repeats, tags, listID,
        parentID, position, subtasks, completedSubtasks, deletedAt, reminders

    package static let all: [TaskColumn] = [
        .id, .title, .description, .completedAt, .createdAt, .updatedAt, .due, .start, .priority, .repeats, .tags,
        .listID, .parentID, .position, .subtasks, .completedSubtasks, .deletedAt, .reminders,
    ]

    /// Those whose texts count towards the account's quota, as in `TaskContent.size`.
    package static let counted: [TaskColumn] = [.title, .description, .repeats, .tags]
    /// Those whose words a search finds.
    package static let searched: [TaskColumn] = [.title, .tags, .description]

    /// The name in the database.
    package var name: StaticString {
        switch self {
        case .id: "id"
        case .title: "title"
        case .description: "description"
        case .completedAt: "completed_at"
        case .createdAt: "created_at"
        case .updatedAt: "updated_at"
        case .due: "due"
        case .start: "start"
        case .priority: "priority"
        case .repeats: "repeats"
        case .tags: "tags"
        case .listID: "list_id"
        case .parentID: "parent_id"
        case .position: "position"
        case .subtasks: "subtasks"
        case .completedSubtasks: "completed_subtasks"
        case .deletedAt: "deleted_at"
        case .reminders: "reminders"
        }
    }

    /// The value for a task.
    package func value(of task: TaskItem) -> TaskValue {
        switch self {
        case .id: .text(task.id.rawValue)
        case .title: .text(task.content.title.text)
        case .description: .text(task.content.description?.text)
        case .completedAt: .integer(task.completedAt?.milliseconds)
        case .createdAt: .integer(task.createdAt.milliseconds)
        case .updatedAt: .integer(task.updatedAt.milliseconds)
        case .due: .text(task.content.due?.storedText)
        case .start: .text(task.content.start?.storedText)
        case .priority: .integer(task.content.priorityNumber)
        case .repeats: .text(task.content.repeats?.storedText)
        case .tags: .text(task.content.tags.isEmpty ? nil : task.content.tags.storedText)
        case .listID: .text(task.placement.listID.rawValue)
        case .parentID: .text(task.placement.parentID?.rawValue)
        case .position: .text(task.placement.position.rawValue)
        case .subtasks: .integer(task.progress.total)
        case .completedSubtasks: .integer(task.progress.completed)
        case .deletedAt: .integer(task.deletedAt?.milliseconds ?? 0)
        case .reminders: .text(task.content.reminders.storedText)
        }
    }

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
            switch column.value(of: task) {
            case .text(let text?): text.withBytes { append($0) }
            case .integer(let integer?): append(integer)
            case .text(nil), .integer(nil): appendNull()
            }
        }
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
