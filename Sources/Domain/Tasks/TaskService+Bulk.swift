extension TaskService {
    /// Changes many tasks, or none.
    /// - Returns: the number of tasks that were selected.
    /// - Throws: `BulkRefusal`, and `AppError.invalid` if one of the tasks cannot be changed so.
    package func change(
        _ bulk: BulkChange, for user: TaskOwner, once: RepeatableWrite<Int>?
    ) async throws -> WriteOutcome<Int> {
        // Each task counts, however short the request is.
        let bytes = Int64(bulk.selection.count) * (bulk.changes.size + TaskItem.overhead)
        return try await writer.write(for: user, bytes: bytes, growth: bulk.deletes ? 0 : bytes, once: once) { editor in
            let selected = try Self.selected(bulk.selection, editor)
            let (ids, beginningAnew) = try Self.parentsFirst(selected, editor)
            let changes = bulk.changes
            let involvesSubtasks = bulk.deletes || changes.isCompleted != nil || changes.listID != nil
            try editor.transaction.forEach(ids, withRelatives: involvesSubtasks) { id in
                // A task that was deleted with its parent is already as requested.
                guard let task = try editor.transaction.task(id) else { return }
                if bulk.deletes {
                    try editor.delete(task)
                } else {
                    var changes = bulk.changes
                    // Completed with its parent, and open again for the next date.
                    if changes.isCompleted == true, beginningAnew.contains(id) { changes.isCompleted = nil }
                    _ = try editor.update(task, with: changes)
                }
            }
            return selected.count
        }
    }

    private typealias Selected = (id: TaskID, parent: TaskID?)

    /// Parents before their subtasks, which go along with them.
    /// - Returns: the ids, and those of them that have a parent among them which repeats.
    private static func parentsFirst(
        _ selected: [Selected], _ editor: TaskEditor
    ) throws -> (ids: [TaskID], beginningAnew: Set<TaskID>) {
        let ids = Set(selected.map(\.id))
        let parents = try parents(of: selected, editor)
        var (levels, beginningAnew) = (
            Array(repeating: [TaskID](), count: TaskPlacement.maximumDepth + 1), Set<TaskID>()
        )
        for task in selected {
            var (depth, next) = (0, task.parent)
            while let id = next, depth < TaskPlacement.maximumDepth {
                depth += 1
                if ids.contains(id), parents[id]?.repeats == true { beginningAnew.insert(task.id) }
                next = parents[id]?.parent
            }
            levels[depth].append(task.id)
        }
        return (levels.flatMap(\.self), beginningAnew)
    }

    /// All tasks above the selected ones.
    private static func parents(
        of selected: [Selected], _ editor: TaskEditor
    ) throws -> [TaskID: (parent: TaskID?, repeats: Bool)] {
        var parents: [TaskID: (parent: TaskID?, repeats: Bool)] = [:]
        var wanted = Set(selected.compactMap(\.parent))
        while !wanted.isEmpty {
            var above: Set<TaskID> = []
            try editor.transaction.forEach(wanted.sorted { $0.rawValue < $1.rawValue }, withRelatives: false) { id in
                let task = try editor.transaction.task(id)
                parents[id] = (task?.placement.parentID, task?.content.repeats != nil)
                if let parent = task?.placement.parentID { above.insert(parent) }
            }
            wanted = above.subtracting(parents.keys)
        }
        return parents
    }

    private static func selected(_ selection: BulkSelection, _ editor: TaskEditor) throws -> [Selected] {
        switch selection {
        case .ids(let ids):
            var (found, missing) = ([Selected](), [TaskID]())
            try editor.transaction.forEach(ids, withRelatives: false) { id in
                guard let task = try editor.transaction.task(id) else { return missing.append(id) }
                found.append((id: id, parent: task.placement.parentID))
            }
            guard missing.isEmpty else { throw BulkRefusal.missing(missing) }
            return found
        case .filter(let filter, let expected):
            var query = TaskQuery(filter)
            query.limit = TaskQuery.limits.upperBound
            var all: [Selected] = []
            repeat {
                let rows = try editor.transaction.tasks(matching: query)
                all += (0..<rows.count).map { index in
                    (
                        id: TaskID(rawValue: rows[index].text(.id)),
                        parent: rows[index].optionalText(.parentID).map(TaskID.init(rawValue:))
                    )
                }
                query.cursor = rows.nextCursor(after: rows.count, in: query.order)
            } while query.cursor != nil && all.count <= BulkChange.maximumMatches
            guard all.count == expected else {
                throw BulkRefusal.unexpected(count: min(all.count, BulkChange.maximumMatches + 1))
            }
            return all
        }
    }
}
