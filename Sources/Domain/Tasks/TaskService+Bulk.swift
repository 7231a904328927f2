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
            let ids = try Self.ids(bulk.selection, editor)
            for (id, hasParent) in try Self.parentsFirst(ids, editor) {
                // One that was deleted with its parent has what was asked for.
                guard let task = try editor.transaction.task(id) else { continue }
                if bulk.deletes {
                    try editor.delete(task)
                } else {
                    var changes = bulk.changes
                    // A task is completed with its parent; if that repeats, both are open again.
                    if hasParent, changes.isCompleted == true { changes.isCompleted = nil }
                    _ = try editor.update(task, with: changes)
                }
            }
            return ids.count
        }
    }

    /// Parents before their subtasks, which go along with them.
    /// - Returns: the ids, and whether one of their parents is among them.
    private static func parentsFirst(
        _ ids: [TaskID], _ editor: TaskEditor
    ) throws -> [(id: TaskID, hasParent: Bool)] {
        let selected = Set(ids)
        let found = try ids.map { id in
            var (depth, hasParent) = (0, false)
            var next = try editor.transaction.task(id)?.placement.parentID
            while let parent = next, depth < TaskPlacement.maximumDepth {
                depth += 1
                hasParent = hasParent || selected.contains(parent)
                next = try editor.transaction.task(parent)?.placement.parentID
            }
            return (id: id, hasParent: hasParent, depth: depth)
        }
        return (0...TaskPlacement.maximumDepth).flatMap { depth in
            found.filter { $0.depth == depth }.map { ($0.id, $0.hasParent) }
        }
    }

    private static func ids(_ selection: BulkSelection, _ editor: TaskEditor) throws -> [TaskID] {
        switch selection {
        case .ids(let ids):
            let missing = try ids.filter { try editor.transaction.task($0) == nil }
            guard missing.isEmpty else { throw BulkRefusal.missing(missing) }
            return ids
        case .filter(let filter, let expected):
            var query = TaskQuery(filter)
            query.limit = TaskQuery.limits.upperBound
            var ids: [TaskID] = []
            repeat {
                let rows = try editor.transaction.tasks(matching: query)
                ids += (0..<rows.count).map { TaskID(rawValue: rows[$0].text(.id)) }
                query.cursor = rows.nextCursor(after: rows.count, in: query.order)
            } while query.cursor != nil && ids.count <= BulkChange.maximumMatches
            guard ids.count == expected else {
                throw BulkRefusal.unexpected(count: min(ids.count, BulkChange.maximumMatches + 1))
            }
            return ids
        }
    }
}
