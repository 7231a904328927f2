import Basics
import Domain

/// A row by its columns.
typealias ItemImage = [String: SQLValue]

extension ItemImage {
    init(_ task: TaskItem) {
        self.init(
            uniqueKeysWithValues: ItemTable.taskColumns.map { ("\($0.name)", SQLValue($0.value(of: task))) })
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
