import Basics
import Domain

/// A table whose rows can be restored: the columns that hold what its owner wrote.
struct ItemTable: Sendable {
    enum ColumnType: Sendable { case text, integer, bool }

    let kind: ItemKind
    let name: String
    let columns: [(name: String, type: ColumnType)]

    static func of(_ kind: ItemKind) -> ItemTable {
        switch kind {
        case .task: tasks
        case .list: lists
        case .tag: tags
        case .view: views
        case .completion: completions
        }
    }

    /// The columns of a task besides its progress and the time of its last change. `completed` follows from
    /// `completed_at`.
    static let taskColumns = TaskColumn.all.filter { ![.id, .updatedAt, .subtasks, .completedSubtasks].contains($0) }

    private static let tasks = ItemTable(
        kind: .task, name: "tasks", columns: taskColumns.map { ("\($0.name)", $0.isText ? .text : .integer) })
    private static let lists = ItemTable(
        kind: .list, name: "lists",
        columns: [
            ("name", .text), ("color", .text), ("position", .text), ("archived", .bool), ("created_at", .integer),
        ])
    private static let tags = ItemTable(
        kind: .tag, name: "tags",
        columns: [("name", .text), ("name_key", .text), ("created_at", .integer)])
    private static let views = ItemTable(
        kind: .view, name: "saved_views",
        columns: [("name", .text), ("query", .text), ("created_at", .integer)])
    private static let completions = ItemTable(
        kind: .completion, name: "completions",
        columns: [("task_id", .text), ("instance", .text), ("completed_at", .integer)])

    /// Reads the columns from the first on.
    func image(_ row: any Row) -> ItemImage {
        var image: ItemImage = [:]
        for (index, column) in columns.enumerated() { image[column.name] = Self.value(row, index, column.type) }
        return image
    }

    private static func value(_ row: any Row, _ index: Int, _ type: ColumnType) -> SQLValue {
        guard !row.isNull(index) else { return .null }
        return switch type {
        case .text: .text(row.text(index))
        case .integer: .integer(row.integer(index))
        case .bool: .bool(row.bool(index))
        }
    }

    var columnList: String { columns.map(\.name).joined(separator: ", ") }
}
