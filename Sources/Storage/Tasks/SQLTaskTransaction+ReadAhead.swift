import Domain

extension SQLTaskTransaction {
    static let readAtOnce = 256

    func forEach(_ ids: [TaskID], _ work: (TaskID) throws -> Void) throws {
        for part in ids.parts(of: Self.readAtOnce) {
            if part.count > 1 { try readAhead(part) }
            for id in part { try work(id) }
        }
    }

    /// Reads tasks with all that is above and below them.
    private func readAhead(_ ids: [TaskID]) throws {
        known.forgetTasks()
        let wanted = try readAhead(theseAlone: ids)
        var children = try readSubtasksAhead(of: ids)
        var parents = Set(wanted.compactMap(\.placement.parentID))
        for _ in 1..<TaskPlacement.maximumDepth {
            children = try readSubtasksAhead(of: children.map(\.id))
            let unknown = parents.filter { known.tasks[$0] == nil }.sorted { $0.rawValue < $1.rawValue }
            parents = Set(try readAhead(theseAlone: unknown).compactMap(\.placement.parentID))
        }
    }

    private func readAhead(theseAlone ids: [TaskID]) throws -> [TaskItem] {
        guard !ids.isEmpty else { return [] }
        let found = try tasks(TaskStatements.hasID(among: ids, connection.dialect))
        known.add(found, of: ids)
        return found
    }

    private func readSubtasksAhead(of parents: [TaskID]) throws -> [TaskItem] {
        let found = try parents.parts(of: Self.readAtOnce).flatMap { part in
            try tasks("deleted_at = 0 AND parent_id IN (\(SQL.list(part))) ORDER BY parent_id, position, id")
        }
        known.add(subtasks: found, of: parents)
        return found
    }
}
