import Domain

extension SQLTaskTransaction {
    static let readAtOnce = 256

    func forEach(_ ids: [TaskID], withRelatives: Bool, _ work: (TaskID) throws -> Void) throws {
        for part in ids.parts(of: Self.readAtOnce) {
            if part.count > 1 {
                known.forgetTasks()
                let tasks = try readAhead(part)
                if withRelatives { try readRelativesAhead(of: part, tasks) }
            }
            for id in part { try work(id) }
        }
    }

    /// Reads all that is above and below tasks.
    /// - Parameter ids: theirs, and those of tasks that are gone, whose subtasks can still be there.
    private func readRelativesAhead(of ids: [TaskID], _ tasks: [TaskItem]) throws {
        var (parents, below) = (Set(tasks.compactMap(\.placement.parentID)), ids)
        for _ in 0...TaskPlacement.maximumDepth {
            below = try readSubtasksAhead(of: below).map(\.id)
            let unknown = parents.filter { known.tasks[$0] == nil }.sorted { $0.rawValue < $1.rawValue }
            parents = Set(try readAhead(unknown).compactMap(\.placement.parentID))
        }
    }

    private func readAhead(_ ids: [TaskID]) throws -> [TaskItem] {
        guard !ids.isEmpty else { return [] }
        let found = try lookup("\(TaskStatements.isKept(connection.dialect))", by: "id", among: ids)
        known.add(found, of: ids)
        return found
    }

    private func readSubtasksAhead(of parents: [TaskID]) throws -> [TaskItem] {
        let found = try parents.parts(of: Self.readAtOnce).flatMap { part in
            try lookup("deleted_at = 0", by: "parent_id", among: part)
        }.sorted { ($0.placement.position, $0.id.rawValue) < ($1.placement.position, $1.id.rawValue) }
        known.add(subtasks: found, of: parents)
        return found
    }

    func lookup(_ condition: SQL, by column: String, among ids: [TaskID]) throws -> [TaskItem] {
        try connection.lookup(
            TaskStatements.columns, in: "tasks", where: "user_id = \(owner) AND \(condition)", key: [column],
            among: ids.map { [$0.rawValue] }, TaskItem.init(row:))
    }
}
