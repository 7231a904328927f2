import Basics
import Domain

extension SQLTaskTransaction {
    /// Goes back step by step, the last one first. A field that was changed again since stays as it is, and so does a row
    /// that others refer to.
    func undo(_ id: UndoID, at time: Timestamp) throws -> UndoReport? {
        let steps = try connection.rows(
            """
            SELECT kind, item_id, old_row, new_row FROM undo_steps
             WHERE user_id = \(owner) AND undo_id = \(id) ORDER BY number DESC
            """
        ) { row in
            try UndoStep(kind: row.text(0), id: row.text(1), before: row.optionalText(2), after: row.optionalText(3))
        }
        guard !steps.isEmpty else { return nil }
        var (report, restored) = (UndoReport(), Set<String>())
        for step in steps {
            let written = self.steps
            if let conflict = try goBack(step) { report.conflicts.append(conflict) }
            if self.steps > written { restored.insert("\(step.kind) \(step.id)") }
        }
        for step in steps where step.kind == .task {
            if let conflict = try repairPlace(of: TaskID(rawValue: step.id)) { report.conflicts.append(conflict) }
        }
        report.restored = restored.count
        return report
    }

    private func goBack(_ step: UndoStep) throws -> UndoReport.Conflict? {
        let current = try image(step.kind, step.id)
        func conflict(_ fields: some Sequence<String>, isPartial: Bool = false) -> UndoReport.Conflict {
            let names = Set(fields.map { ItemTable.fieldNames[$0] ?? $0 })
            return UndoReport.Conflict(kind: step.kind, id: step.id, fields: names.sorted(), isPartial: isPartial)
        }
        switch (step.before, step.after, current) {
        case (nil, let after?, let current?):
            let changed = after.filter { current[$0.key] != $0.value }.keys
            guard changed.isEmpty, try !isReferredTo(step.kind, step.id, current) else { return conflict(changed) }
            try write(step.kind, step.id, from: current, to: nil)
        case (let before?, nil, nil):
            guard try !isKeyTaken(step.kind, before) else { return conflict(["name"]) }
            try write(step.kind, step.id, from: nil, to: before)
        case (let before?, let after?, let current?):
            let changed = after.filter { current[$0.key] != $0.value && current[$0.key] != before[$0.key] }.keys
            let target = current.merging(before.filter { !changed.contains($0.key) }) { $1 }
            guard try !isKeyTaken(step.kind, before) else { return conflict(["name"]) }
            try write(step.kind, step.id, from: current, to: target)
            if !changed.isEmpty { return conflict(changed, isPartial: target != current) }
        // Undone already.
        case (nil, _, nil): break
        case (let before?, nil, let current?) where current == before: break
        default: return conflict([])
        }
        return nil
    }

    private func image(_ kind: ItemKind, _ id: String) throws -> ItemImage? {
        let table = ItemTable.of(kind)
        func row(_ condition: SQL) throws -> ItemImage? {
            try connection.row(
                """
                SELECT \(SQL(trusted: table.columnList)) FROM \(SQL(trusted: table.name))
                 WHERE user_id = \(owner) AND \(condition)
                """, table.image)
        }
        guard kind == .task else { return try row("id = \(id)") }
        return try row("deleted_at = 0 AND id = \(id)") ?? row("deleted_at > 0 AND id = \(id)")
    }

    /// True if others would refer to nothing without it.
    private func isReferredTo(_ kind: ItemKind, _ id: String, _ image: ItemImage) throws -> Bool {
        let reference: SQL
        switch (kind, image["name_key"]) {
        case (.task, _): reference = "SELECT 1 FROM tasks WHERE user_id = \(owner) AND parent_id = \(id) LIMIT 1"
        case (.list, _):
            reference = "SELECT 1 FROM tasks WHERE user_id = \(owner) AND deleted_at = 0 AND list_id = \(id) LIMIT 1"
        case (.tag, .text(let key)?):
            reference = "SELECT 1 FROM task_tags WHERE user_id = \(owner) AND name_key = \(key) LIMIT 1"
        default: return false
        }
        return try connection.row(reference) { _ in true } ?? false
    }

    /// True for a tag whose name another one has.
    private func isKeyTaken(_ kind: ItemKind, _ image: ItemImage) throws -> Bool {
        guard kind == .tag, case .text(let key)? = image["name_key"] else { return false }
        return try tag(key: key) != nil
    }

    /// Puts a task whose list is gone into the Inbox, and one whose parent is gone, or is a part of it, to the top.
    private func repairPlace(of id: TaskID) throws -> UndoReport.Conflict? {
        guard let task = try task(id) else { return nil }
        var repaired = task
        var fields: [String] = []
        if try list(task.placement.listID) == nil {
            repaired.placement.listID = .inbox
            fields.append("list_id")
        }
        if try !hasSoundParent(task) {
            repaired.placement.parentID = nil
            fields.append("parent_id")
        }
        guard !fields.isEmpty else { return nil }
        try replace(task, with: repaired)
        return UndoReport.Conflict(kind: .task, id: id.rawValue, fields: fields, isPartial: true)
    }

    private func hasSoundParent(_ task: TaskItem) throws -> Bool {
        var (depth, next) = (0, task.placement.parentID)
        while let id = next {
            depth += 1
            guard depth <= TaskPlacement.maximumDepth, id != task.id, let parent = try self.task(id) else {
                return false
            }
            next = parent.placement.parentID
        }
        return true
    }
}

extension ItemTable {
    /// The fields of the API by columns that have another name.
    fileprivate static let fieldNames = [
        "completed_at": "completed", "repeats": "repeat", "name_key": "name", "deleted_at": "deleted",
    ]
}
