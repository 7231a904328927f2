import Basics
import Calendar
import Domain

extension SQLTaskTransaction {
    /// Goes back step by step, the last one first. A field that was changed again since stays as it is, and so does a row
    /// that others refer to. What would break a rule of tasks is repaired at the end.
    func undo(_ id: UndoID) throws -> UndoReport? {
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
        // Tasks that stay due after a date that was completed.
        var stillDue: Set<String> = []
        for part in steps.parts(of: Self.readAtOnce) {
            var current = try images(of: part)
            for step in part {
                // What was completed since stays in the history if its task stays due after it.
                if step.kind == .completion, let task = step.completedTask, stillDue.contains(task) { continue }
                let written = self.steps
                if let conflict = try goBack(step, &current[step.item]) {
                    report.conflicts.append(conflict)
                    if conflict.kind == .task, conflict.fields.contains("due") { stillDue.insert(conflict.id) }
                }
                if self.steps > written { restored.insert(step.item) }
            }
        }
        let tasks = Set(steps.filter { $0.kind == .task }.map(\.id)).sorted().map(TaskID.init(rawValue:))
        try forEach(tasks, withRelatives: true) { report.conflicts += try repairPlaces(of: $0) }
        try keepTagsInUse(steps)
        report.restored = restored.count
        return report
    }

    /// - Parameter row: as it is, and then as it becomes.
    private func goBack(_ step: UndoStep, _ row: inout ItemImage?) throws -> UndoReport.Conflict? {
        let current = row
        func write(_ image: ItemImage?) throws {
            try self.write(step.kind, step.id, from: current, to: image)
            row = image
        }
        func conflict(_ fields: some Sequence<String>, isPartial: Bool = false) -> UndoReport.Conflict {
            let names = Set(fields.map { ItemTable.fieldNames[$0] ?? $0 })
            return UndoReport.Conflict(kind: step.kind, id: step.id, fields: names.sorted(), isPartial: isPartial)
        }
        if let digest = step.digest {
            guard let current else { return nil }
            let isUnchanged = digest == UndoStep.digest(of: current)
            guard isUnchanged, try !isReferredTo(step.kind, step.id, current) else { return conflict([]) }
            try write(nil)
            return nil
        }
        switch (step.before, step.after, current) {
        case (nil, let after?, let current?):
            let changed = after.filter { current[$0.key] != $0.value }.keys
            guard changed.isEmpty, try !isReferredTo(step.kind, step.id, current) else { return conflict(changed) }
            try write(nil)
        case (let before?, nil, nil):
            var target = before
            let isRenamed = try giveFreeName(&target, step.kind, step.id)
            // A tag of that name has taken its place.
            guard !isRenamed || step.kind != .tag else { return conflict(["name"]) }
            try write(target)
            if isRenamed { return conflict(["name"], isPartial: true) }
        case (let before?, let after?, let current?):
            var kept = Set(after.filter { current[$0.key] != $0.value && current[$0.key] != before[$0.key] }.keys)
            func target() -> ItemImage { current.merging(before.filter { !kept.contains($0.key) }) { $1 } }
            if before["name"] != nil, try isNameTaken(target(), step.kind, step.id) {
                kept.formUnion(["name", "name_key"])
            }
            // Dates and repeat belong together.
            let plan = ["due", "start", "repeats", "reminders"]
            if step.kind == .task, plan.contains(where: kept.contains) || !target().hasValidDates {
                kept.formUnion(plan.filter { before[$0] != nil && before[$0] != current[$0] })
            }
            let restored = target()
            try write(restored)
            if !kept.isEmpty { return conflict(kept, isPartial: restored != current) }
        // Undone already.
        case (nil, _, nil): break
        case (let before?, nil, let current?) where current == before: break
        default: return conflict([])
        }
        return nil
    }

    /// The rows that steps are about, as they are, by `UndoStep.item`.
    private func images(of steps: [UndoStep]) throws -> [String: ItemImage] {
        var images: [String: ItemImage] = [:]
        for (kind, steps) in Dictionary(grouping: steps, by: \.kind) {
            let table = ItemTable.of(kind)
            var (key, values) = (["id"], Set(steps.map(\.id)).map { [$0] })
            if kind == .completion {
                // Their place in the table depends on their task.
                key = ["task_id", "id"]
                values = steps.compactMap { step in step.completedTask.map { [$0, step.id] } }
            }
            for state in kind == .task ? TaskStatements.states(connection.dialect) : ["TRUE"] {
                let rows = try connection.lookup(
                    SQL(trusted: table.columnList + ", id"), in: SQL(trusted: table.name),
                    where: "user_id = \(owner) AND \(state)", key: key, among: values
                ) { ($0.text(table.columns.count), table.image($0)) }
                for (id, image) in rows {
                    images[UndoStep.item(kind, id)] = image
                }
            }
        }
        return images
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

    // MARK: Names

    /// True for a list, a tag or a view whose name another one has.
    private func isNameTaken(_ image: ItemImage, _ kind: ItemKind, _ id: String) throws -> Bool {
        guard case .text(let text)? = image["name"] else { return false }
        let key = ItemName(stored: text).key
        return switch kind {
        case .list: try lists().contains { $0.name.key == key && $0.id.rawValue != id }
        case .view: try views().contains { $0.name.key == key && $0.id.rawValue != id }
        case .tag: try tag(key: key).map { $0.id.rawValue != id } ?? false
        case .task, .completion: false
        }
    }

    /// Adds a number to a name that another list or view has by now.
    /// - Returns: false if the name is free.
    private func giveFreeName(_ image: inout ItemImage, _ kind: ItemKind, _ id: String) throws -> Bool {
        guard case .text(let name)? = image["name"], try isNameTaken(image, kind, id) else { return false }
        for number in 2...10_000 {
            image["name"] = .text("\(String(name.unicodeScalars.prefix(ItemName.maximumLength - 6))) \(number)")
            if try !isNameTaken(image, kind, id) { break }
        }
        return true
    }

    /// Recreates tags that tasks still have, but that were renamed or deleted since.
    private func keepTagsInUse(_ steps: [UndoStep]) throws {
        var names: [String: ItemName] = [:]
        let retagged = steps.filter { step in
            step.kind == .task && (step.before?["tags"] != nil || step.before == nil || step.after == nil)
        }
        try forEach(Set(retagged.map(\.id)).sorted().map(TaskID.init(rawValue:)), withRelatives: false) { id in
            for name in try task(id)?.content.tags ?? [] { names[name.key] = name }
        }
        for step in steps where step.kind == .tag {
            for case .text(let text)? in [step.before?["name"], step.after?["name"]] {
                let name = ItemName(stored: text)
                names[name.key] = name
            }
        }
        for name in names.values.sorted(by: { $0.key < $1.key }) where try tag(key: name.key) == nil {
            guard let id = try ids(tagged: name.key, atMost: 1).first, let task = try task(id) ?? trashedTask(id) else {
                continue
            }
            let spelled = task.content.tags.first { $0.key == name.key } ?? name
            try insert(Tag(id: newTagID(), name: spelled, createdAt: time, updatedAt: time))
        }
    }

    // MARK: Places

    /// Puts a task whose list is gone into the Inbox, one whose parent is gone or is too deep to the top, and its subtasks
    /// into its list.
    private func repairPlaces(of id: TaskID) throws -> [UndoReport.Conflict] {
        var conflicts: [UndoReport.Conflict] = []
        guard let task = try task(id) else {
            // Subtasks that were added meanwhile stay.
            for subtask in try subtasks(of: id, inTrash: false) {
                conflicts += try repairPlace(of: subtask, isParentGone: true)
            }
            return conflicts
        }
        conflicts += try repairPlace(of: task, isParentGone: false)
        guard let repaired = try self.task(id) else { return conflicts }
        for subtask in try subtasks(of: id, inTrash: false)
        where subtask.placement.listID != repaired.placement.listID {
            try moveToList(repaired.placement.listID, subtask)
        }
        return conflicts
    }

    private func repairPlace(of task: TaskItem, isParentGone: Bool) throws -> [UndoReport.Conflict] {
        var (repaired, fields) = (task, [String]())
        if try isParentGone || !hasSoundParent(task) {
            repaired.placement.parentID = nil
            fields.append("parent_id")
        }
        let parent = try repaired.placement.parentID.flatMap { try self.task($0) }
        if let list = try parent?.placement.listID ?? (list(task.placement.listID) == nil ? .inbox : nil),
            list != task.placement.listID
        {
            repaired.placement.listID = list
            fields.append("list_id")
        }
        guard !fields.isEmpty else { return [] }
        try replace(task, with: repaired)
        return [UndoReport.Conflict(kind: .task, id: task.id.rawValue, fields: fields, isPartial: true)]
    }

    private func moveToList(_ list: ListID, _ task: TaskItem) throws {
        var moved = task
        moved.placement.listID = list
        try replace(task, with: moved)
        for subtask in try subtasks(of: task.id, inTrash: false) { try moveToList(list, subtask) }
    }

    private func hasSoundParent(_ task: TaskItem) throws -> Bool {
        guard task.placement.parentID != nil else { return true }
        var (depth, next) = (try height(of: task.id, atMost: TaskPlacement.maximumDepth), task.placement.parentID)
        while let id = next {
            depth += 1
            guard depth <= TaskPlacement.maximumDepth, id != task.id, let parent = try self.task(id) else {
                return false
            }
            next = parent.placement.parentID
        }
        return true
    }

    /// The levels of subtasks below a task; a circle has as many as are looked at.
    private func height(of id: TaskID, atMost limit: Int) throws -> Int {
        guard limit >= 0 else { return 0 }
        return try subtasks(of: id, inTrash: false).map { 1 + (try height(of: $0.id, atMost: limit - 1)) }.max() ?? 0
    }
}

extension ItemImage {
    /// False for a task whose dates break a rule, see `TaskContent.checkDates`.
    fileprivate var hasValidDates: Bool {
        func text(_ name: String) -> String? {
            if case .text(let text)? = self[name] { text } else { nil }
        }
        let content = TaskContent(
            title: TaskTitle(stored: ""), description: nil, due: text("due").flatMap(CalendarTime.init(stored:)),
            start: text("start").flatMap(CalendarTime.init(stored:)),
            repeats: text("repeats").flatMap(TaskRepeat.init(stored:)),
            reminders: text("reminders").map([Reminder].init(stored:)) ?? [])
        do { try content.checkDates() } catch { return false }
        return true
    }
}

extension ItemTable {
    /// The fields of the API by columns that have another name.
    fileprivate static let fieldNames = [
        "completed_at": "completed", "repeats": "repeat", "name_key": "name", "deleted_at": "deleted",
    ]
}
