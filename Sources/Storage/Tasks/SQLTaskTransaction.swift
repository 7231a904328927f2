import Basics
import Calendar
import Domain

/// One account's tasks on a connection, within a transaction.
final class SQLTaskTransaction: TaskTransaction {
    let owner: UserID
    let connection: any Connection
    private let undoID: UndoID
    let time: Timestamp
    let zones: TimeZoneDatabase
    let newTagID: @Sendable () -> TagID
    /// The number of the account's words, once it is known.
    private(set) var searchKey: Int64?
    private(set) var steps = 0
    /// Tasks whose subtasks have changed: they are counted again before the task is read, or at the end.
    var uncounted: Set<TaskID> = []
    var known = KnownItems()
    /// The change of the account's size in bytes.
    private(set) var growth: Int64 = 0

    /// - Parameters:
    ///   - undoID: the name under which the changes can be undone.
    ///   - searchKey: the number of the account's words, if it is known.
    ///   - newTagID: the id of a tag that undoing recreates.
    init(
        _ connection: any Connection, of owner: UserID, undo undoID: UndoID, at time: Timestamp,
        zones: TimeZoneDatabase, searchKey: Int64?,
        newTagID: @escaping @Sendable () -> TagID
    ) throws {
        (self.connection, self.owner, self.undoID) = (connection, owner, undoID)
        (self.time, self.zones, self.searchKey, self.newTagID) = (time, zones, searchKey, newTagID)
        try connection.lockTasks(of: owner)
    }

    /// True if a task was deleted for good.
    private(set) var hasDeleted = false

    /// Nil if nothing was changed that can be undone.
    var undo: UndoID? { steps > 0 ? undoID : nil }

    // MARK: Reading tasks

    private static let columns = TaskStatements.columns

    func task(_ id: TaskID) throws -> TaskItem? {
        if uncounted.remove(id) != nil { try updateProgress(of: id) }
        if let task = known.tasks[id] { return task }
        return try tasks(TaskStatements.hasID(id, connection.dialect)).first
    }

    /// Counts the subtasks that have changed; to be called at the end.
    func finish() throws {
        for id in uncounted.sorted(by: { $0.rawValue < $1.rawValue }) { try updateProgress(of: id) }
        uncounted = []
    }

    func trashedTask(_ id: TaskID) throws -> TaskItem? { try tasks("deleted_at > 0 AND id = \(id)").first }

    func subtasks(of parent: TaskID, inTrash: Bool) throws -> [TaskItem] {
        if !inTrash, let subtasks = known.subtasks(of: parent) { return subtasks }
        let state: SQL = inTrash ? "deleted_at > 0" : "deleted_at = 0"
        return try tasks("\(state) AND parent_id = \(parent) ORDER BY position, id")
    }

    func siblings(in list: ListID, parent: TaskID?) throws -> [TaskItem] {
        try tasks("\(Self.siblings(list, parent)) ORDER BY position, id")
    }

    func firstPosition(in list: ListID, parent: TaskID?) throws -> Position? {
        if parent == nil, let first = known.firstPositions[list] { return first }
        let first = try position("\(Self.siblings(list, parent)) ORDER BY position LIMIT 1")
        if parent == nil { known.firstPositions.updateValue(first, forKey: list) }
        return first
    }

    func lastPosition(in list: ListID, parent: TaskID?) throws -> Position? {
        try position("\(Self.siblings(list, parent)) ORDER BY position DESC LIMIT 1")
    }

    func neighbor(of task: TaskItem, isBefore: Bool, except moved: TaskID) throws -> Position? {
        let place = task.placement
        let siblings: SQL = "\(Self.siblings(place.listID, place.parentID)) AND id <> \(moved)"
        return try position(
            isBefore
                ? "\(siblings) AND (position, id) < (\(place.position), \(task.id)) ORDER BY position DESC, id DESC LIMIT 1"
                : "\(siblings) AND (position, id) > (\(place.position), \(task.id)) ORDER BY position, id LIMIT 1")
    }

    func tasks(tagged key: String) throws -> [TaskItem] {
        try ids(tagged: key).parts(of: Self.readAtOnce).flatMap { part in
            try TaskStatements.states(connection.dialect).flatMap { try lookup($0, by: "id", among: part) }
        }
    }

    /// - Parameter limit: nil for all tasks with this tag.
    func ids(tagged key: String, atMost limit: Int? = nil) throws -> [TaskID] {
        let most: SQL = limit.map { "LIMIT \($0)" } ?? ""
        return try connection.rows(
            "SELECT task_id FROM task_tags WHERE user_id = \(owner) AND name_key = \(key) ORDER BY task_id \(most)"
        ) { TaskID(rawValue: $0.text(0)) }
    }

    func tasks(matching query: TaskQuery) throws -> TaskRows {
        try connection.tasks(of: owner, matching: query, in: zones)
    }

    func tasks(_ condition: SQL) throws -> [TaskItem] {
        try connection.rows(
            "SELECT \(Self.columns) FROM tasks WHERE user_id = \(owner) AND \(condition)", TaskItem.init(row:))
    }

    private func position(_ condition: SQL) throws -> Position? {
        try connection.row("SELECT position FROM tasks WHERE user_id = \(owner) AND \(condition)") {
            Position(rawValue: $0.text(0))
        }
    }

    private static func siblings(_ list: ListID, _ parent: TaskID?) -> SQL {
        guard let parent else { return "deleted_at = 0 AND list_id = \(list) AND parent_id IS NULL" }
        return "deleted_at = 0 AND parent_id = \(parent)"
    }

    // MARK: Changing tasks

    func insert(_ task: TaskItem) throws {
        // The most frequent change, without what changes of any kind need.
        try connection.requireRoom()
        try connection.enqueue(TaskStatements.insertion(of: task))
        growth += task.size
        let content = task.content
        if !content.tags.isEmpty { try updateTags(of: task.id, from: nil, to: .init(task)) }
        if !content.reminders.isEmpty { try updateReminders(of: task.id, from: nil, to: .init(task)) }
        if let parent = task.placement.parentID { uncounted.insert(parent) }
        known.replace(nil, with: task)
        try connection.index(task.texts, task.id, of: owner, key: knownSearchKey())
        try note(.task, task.id.rawValue, before: nil, after: UndoStep.digest(of: task))
    }

    func knownSearchKey() throws -> Int64 {
        if let searchKey { return searchKey }
        let key = try connection.searchKey(owner)
        searchKey = key
        return key
    }

    func replace(_ old: TaskItem, with new: TaskItem) throws {
        try writeRow(.task, new.id.rawValue, from: .init(old), to: .init(new), updatedAt: new.updatedAt)
        known.replace(old, with: new)
    }

    func deleteForGood(_ task: TaskItem) throws {
        let time = task.deletedAt?.milliseconds ?? 0
        try connection.enqueue(
            "DELETE FROM tasks WHERE user_id = \(owner) AND deleted_at = \(time) AND id = \(task.id)")
        growth -= task.size
        hasDeleted = true
    }

    func insert(_ completion: TaskCompletion) throws {
        try write(.completion, completion.id, from: nil, to: .init(completion))
        // The history of a task is bounded.
        let rows: SQL = "user_id = \(owner) AND task_id = \(completion.taskID)"
        try connection.enqueue(
            """
            DELETE FROM completions WHERE \(rows) AND id <= (
                SELECT id FROM completions WHERE \(rows) ORDER BY id DESC LIMIT 1 OFFSET \(Self.completionsKept))
            """)
    }

    private static let completionsKept = 500

    func hasCompletion(of id: TaskID, instance: CalendarTime, since time: Timestamp) throws -> Bool {
        try connection.row(
            """
            SELECT 1 FROM completions
             WHERE user_id = \(owner) AND task_id = \(id) AND instance = \(instance.storedText)
               AND completed_at >= \(time) LIMIT 1
            """
        ) { _ in true } ?? false
    }

    // MARK: Writing

    /// Writes a row, and notes what is needed to undo that.
    /// - Parameters:
    ///   - before: nil for a new row.
    ///   - after: nil to delete it.
    func write(_ kind: ItemKind, _ id: String, from before: ItemImage?, to after: ItemImage?) throws {
        known.forget(kind)
        try writeRow(kind, id, from: before, to: after, updatedAt: time)
    }

    private func writeRow(
        _ kind: ItemKind, _ id: String, from before: ItemImage?, to after: ItemImage?, updatedAt: Timestamp
    ) throws {
        guard let step = UndoStep(kind, id, from: before, to: after) else { return }
        let difference = kind == .task ? (after?.taskSize ?? 0) - (before?.taskSize ?? 0) : 0
        if difference > 0 || before == nil { try connection.requireRoom() }
        try connection.enqueue(statement(of: step, before, updatedAt))
        growth += difference
        if kind == .task { try updateRowsThatFollow(TaskID(rawValue: id), from: before, to: after) }
        try note(kind, id, before: step.beforeText, after: step.afterText)
    }

    private func statement(of step: UndoStep, _ before: ItemImage?, _ updatedAt: Timestamp) -> SQL {
        let table = ItemTable.of(step.kind)
        let owner = owner
        func assigned(_ image: ItemImage) -> [(name: String, value: SQLValue)] {
            var values = table.columns.compactMap { column in image[column.name].map { (column.name, $0) } }
            if step.kind != .completion { values.append(("updated_at", updatedAt.sqlValue)) }
            if step.kind == .task, let completedAt = image["completed_at"] {
                values.append(("completed", .bool(completedAt != .null)))
            }
            return values.map { (name: $0.0, value: $0.1) }
        }
        /// The place of a task's row in SQLite depends on its deletion, that of a completion on its task.
        func row() -> SQL {
            let id: SQL = "user_id = \(owner) AND id = \(step.id)"
            if step.kind == .completion, case .text(let task)? = before?["task_id"] {
                return "user_id = \(owner) AND task_id = \(task) AND id = \(step.id)"
            }
            guard step.kind == .task, case .integer(let deletedAt)? = before?["deleted_at"] else { return id }
            guard deletedAt > 0 else {
                return "user_id = \(owner) AND \(TaskStatements.hasID(TaskID(rawValue: step.id), connection.dialect))"
            }
            return "user_id = \(owner) AND deleted_at = \(deletedAt) AND id = \(step.id)"
        }
        guard let after = step.after else { return "DELETE FROM \(SQL(trusted: table.name)) WHERE \(row())" }
        let values = assigned(after)
        guard step.before != nil else {
            let names = (["user_id", "id"] + values.map(\.name)).joined(separator: ", ")
            let parts = [owner.sqlValue, step.id.sqlValue] + values.map(\.value)
            return """
                INSERT INTO \(SQL(trusted: "\(table.name) (\(names))"))
                VALUES (\(SQL.joined(parts.map(SQL.init(value:)), by: ", ")))
                """
        }
        let assignments = values.map { name, value -> SQL in "\(SQL(trusted: name)) = \(SQL(value: value))" }
        return """
            UPDATE \(SQL(trusted: table.name)) SET \(SQL.joined(assignments, by: ", ")) WHERE \(row())
            """
    }

    private func note(_ kind: ItemKind, _ id: String, before: String?, after: String?) throws {
        steps += 1
        try connection.enqueue(
            """
            INSERT INTO undo_steps (user_id, undo_id, number, kind, item_id, old_row, new_row)
            VALUES (\(owner), \(undoID), \(steps), \(kind.rawValue), \(id), \(before), \(after))
            """)
        growth += TaskItem.overhead + Int64((before?.utf8.count ?? 0) + (after?.utf8.count ?? 0))
    }
}
