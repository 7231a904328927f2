import Basics
import Domain

/// A row by its columns.
typealias ItemImage = [String: SQLValue]

extension ItemImage {
    init(_ task: TaskItem) {
        let content = task.content
        self = [
            "title": content.title.text.sqlValue, "description": .optional(content.description?.text),
            "completed_at": .optional(task.completedAt), "created_at": task.createdAt.sqlValue,
            "due": .optional(content.due?.storedText), "start": .optional(content.start?.storedText),
            "priority": content.priorityNumber.sqlValue, "repeats": .optional(content.repeats?.storedText),
            "tags": .optional(content.tags.isEmpty ? nil : content.tags.storedText),
            "list_id": task.placement.listID.sqlValue, "parent_id": .optional(task.placement.parentID),
            "position": task.placement.position.sqlValue,
            "deleted_at": task.deletedAt?.sqlValue ?? .integer(0),
            "reminders": .optional(content.reminders.storedText),
        ]
    }

    init(_ list: TaskList) {
        self = [
            "name": list.name.text.sqlValue, "color": list.color.rawValue.sqlValue,
            "position": list.position.sqlValue, "archived": list.isArchived.sqlValue,
            "created_at": list.createdAt.sqlValue,
        ]
    }

    init(_ tag: Tag) {
        self = [
            "name": tag.name.text.sqlValue, "name_key": tag.name.key.sqlValue, "created_at": tag.createdAt.sqlValue,
        ]
    }

    init(_ view: SavedView) {
        self = [
            "name": view.name.text.sqlValue, "query": view.query.sqlValue, "created_at": view.createdAt.sqlValue,
        ]
    }

    init(_ completion: TaskCompletion) {
        self = [
            "task_id": completion.taskID.sqlValue, "instance": completion.instance.storedText.sqlValue,
            "completed_at": completion.completedAt.sqlValue,
        ]
    }
}

extension SQLValue {
    /// NULL for nil.
    static func optional(_ value: (some SQLConvertible)?) -> SQLValue { value?.sqlValue ?? .null }
}
