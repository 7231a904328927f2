import Basics
import Domain

extension SQLTaskTransaction {
    /// Writes what is kept of a task in other tables.
    func updateRowsThatFollow(
        _ id: TaskID, from before: ItemImage?, to after: ItemImage?
    ) throws {
        try updateTags(of: id, from: before, to: after)
        try updateWords(of: id, from: before, to: after)
        try updateReminders(of: id, from: before, to: after)
        let parents = [before, after].map { image -> TaskID? in
            if case .text(let parent)? = image?["parent_id"] { TaskID(rawValue: parent) } else { nil }
        }
        let names = ["parent_id", "completed_at", "deleted_at"]
        guard names.contains(where: { before?[$0] != after?[$0] }) else { return }
        uncounted.formUnion(parents.compactMap(\.self))
    }

    /// A trigger deletes them with the task.
    private func updateWords(of id: TaskID, from before: ItemImage?, to after: ItemImage?) throws {
        guard let texts = after?.taskTexts else { return }
        guard let before else { return try connection.index(texts, id, of: owner, key: knownSearchKey()) }
        if before.taskTexts != texts { try connection.reindex(texts, id, of: owner, key: knownSearchKey()) }
    }

    func updateTags(of id: TaskID, from before: ItemImage?, to after: ItemImage?) throws {
        guard before?["tags"] ?? .null != after?["tags"] ?? .null else { return }
        func keys(_ image: ItemImage?) -> Set<String> {
            if case .text(let tags)? = image?["tags"] { Set([ItemName](stored: tags).map(\.key)) } else { [] }
        }
        let (old, new) = (keys(before), keys(after))
        for key in old.subtracting(new).sorted() {
            try connection.enqueue(
                "DELETE FROM task_tags WHERE user_id = \(owner) AND name_key = \(key) AND task_id = \(id)")
        }
        for key in new.subtracting(old).sorted() {
            try connection.enqueue(
                "INSERT INTO task_tags (user_id, name_key, task_id) VALUES (\(owner), \(key), \(id))")
        }
    }

    /// Counts the subtasks of a task again.
    func updateProgress(of parent: TaskID) throws {
        let counted: SQL
        if let progress = known.subtasks(of: parent).map(TaskProgress.init(of:)) {
            counted = "SELECT \(progress.total) AS total, \(progress.completed) AS completed"
            known.update(progress, of: parent)
        } else {
            counted = """
                SELECT COUNT(*) AS total, COUNT(completed_at) AS completed FROM tasks
                 WHERE user_id = \(owner) AND parent_id = \(parent) AND deleted_at = 0
                """
            known.forget(parent)
        }
        for state in TaskStatements.states(connection.dialect) {
            try connection.enqueue(
                """
                UPDATE tasks SET subtasks = total, completed_subtasks = counted.completed FROM (\(counted)) AS counted
                 WHERE user_id = \(owner) AND \(state) AND id = \(parent)
                   AND (subtasks <> total OR completed_subtasks <> counted.completed)
                """)
        }
    }
}

extension ItemImage {
    /// The texts that a search looks at.
    fileprivate var taskTexts: [String] { TaskColumn.searched.compactMap(text) }

    /// The size of a task in bytes, as `TaskItem.size`.
    var taskSize: Int64 {
        TaskColumn.counted.compactMap(text).reduce(TaskItem.overhead) { $0 + Int64($1.utf8.count) }
    }

    private func text(_ column: TaskColumn) -> String? {
        if case .text(let text)? = self["\(column.name)"] { text } else { nil }
    }
}
