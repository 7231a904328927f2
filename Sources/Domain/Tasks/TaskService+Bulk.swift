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
            for (id, beginsAnew) in try Self.parentsFirst(selected, editor) {
                // One that was deleted with its parent has what was asked for.
                guard let task = try editor.transaction.task(id) else { continue }
                if bulk.deletes {
                    try editor.delete(task)
                } else {
                    var changes = bulk.changes
                    // Completed with its parent, and open again for the next date.
                    if beginsAnew, changes.isCompleted == true { changes.isCompleted = nil }
                    _ = try editor.update(task, with: changes)
                }
            }
            return selected.count
        }
    }

    private typealias Selected = (id: TaskID, parent: TaskID?)

    /// Parents before their subtasks, which go along with them.
    /// - Returns: the ids, and whether one of their parents is among them and repeats.
    private static func parentsFirst(
        _ selected: [Selected], _ editor: TaskEditor
    ) throws -> [(id: TaskID, beginsAnew: Bool)] {
        let ids = Set(selected.map(\.id))
        let found = try selected.map { task in
            var (depth, beginsAnew, next) = (0, false, task.parent)
            while let id = next, depth < TaskPlacement.maximumDepth {
                depth += 1
                let parent = try editor.transaction.task(id)
                if ids.contains(id), parent?.content.repeats != nil { beginsAnew = true }
                next = parent?.placement.parentID
            }
            return (id: task.id, beginsAnew: beginsAnew, depth: depth)
        }
        return (0...TaskPlacement.maximumDepth).flatMap { depth in
            found.filter { $0.depth == depth }.map { ($0.id, $0.beginsAnew) }
        }
    }

    private static func selected(_ selection: BulkSelection, _ editor: TaskEditor) throws -> [Selected] {
        switch selection {
        case .ids(let ids):
            let found = try ids.map { try editor.transaction.task($0) }
            let missing = zip(ids, found).filter { $1 == nil }.map(\.0)
            guard missing.isEmpty else { throw BulkRefusal.missing(missing) }
            return zip(ids, found).map { (id: $0, parent: $1?.placement.parentID) }
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
