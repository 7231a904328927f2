import Basics
import Calendar

/// The rules by which tasks change, within a transaction.
struct TaskEditor {
    let transaction: any TaskTransaction
    let time: Timestamp
    /// The day on the user's calendar.
    let today: CalendarDate
    /// The beginning of that day.
    let startOfToday: Timestamp
    let ids: UUIDv7Generator
    let zones: TimeZoneDatabase

    func task(_ id: TaskID) throws -> TaskItem {
        guard let task = try transaction.task(id) else { throw TaskService.noSuchTask }
        return task
    }

    func create(_ draft: TaskDraft) throws -> TaskItem {
        let id = TaskID(rawValue: ids.next(at: time))
        var task = TaskItem(
            id: id, ownerID: transaction.owner, content: draft.content,
            completedAt: draft.isCompleted ? time : nil, createdAt: time, updatedAt: time)
        task.content.tags = try resolved(draft.content.tags)
        try firstInstance(&task.content)
        try task.content.checkDates()
        if let parentID = draft.parentID {
            let parent = try self.parent(parentID, of: nil)
            task.placement.parentID = parentID
            task.placement.listID = parent.placement.listID
            if let listID = draft.listID, listID != parent.placement.listID { throw Self.listOfParent }
            task.placement.position = try end(of: task.placement)
        } else {
            if let listID = draft.listID {
                try requireList(listID)
                task.placement.listID = listID
            }
            // A task that was moved to the top may be above the place that its time gives a new one.
            let first = try transaction.firstPosition(in: task.placement.listID, parent: nil)
            if let first, first <= task.placement.position {
                task.placement.position = try beginning(of: task.placement, above: first)
            }
        }
        try transaction.insert(task)
        return task
    }

    /// Writes changes, unless they change nothing.
    func update(_ old: TaskItem, with changes: TaskChanges) throws -> UpdatedTask {
        let changes = try repeatsCompletion(changes, of: old) ? changes.withoutCompletion : changes
        var task = old
        task.content = changes.applied(to: old.content)
        if task.content.tags != old.content.tags { task.content.tags = try resolved(task.content.tags) }
        if task.content.repeats != old.content.repeats { try firstInstance(&task.content) }
        if task.content != old.content { try task.content.checkDates() }
        try relocate(&task, changes)
        try replace(old, with: &task)
        guard let isCompleted = changes.isCompleted, isCompleted != old.isCompleted else { return UpdatedTask(task) }
        return isCompleted ? try complete(task) : UpdatedTask(try reopen(task))
    }

    /// True if the changes leave a task as it is: a client whose answer was lost sends them again, and knows an earlier
    /// state.
    func areMade(_ changes: TaskChanges, in task: TaskItem) throws -> Bool {
        // It has moved on since.
        let changes = try repeatsCompletion(changes, of: task) ? changes.withoutCompletion : changes
        var content = changes.applied(to: task.content)
        // The account may spell them in its own way.
        if content.tags.map(\.key) == task.content.tags.map(\.key) { content.tags = task.content.tags }
        let place = task.placement
        return try (content == task.content || areMadeWithRepeat(content, changes, in: task))
            && (changes.isCompleted ?? task.isCompleted) == task.isCompleted
            && (changes.listID ?? place.listID) == place.listID
            && changes.parentID.applied(to: place.parentID) == place.parentID
    }

    /// True for a new repeat that has moved the dates.
    private func areMadeWithRepeat(_ content: TaskContent, _ changes: TaskChanges, in task: TaskItem) throws -> Bool {
        guard changes.repeats.value != nil else { return false }
        var moved = content
        do { try firstInstance(&moved) } catch AppError.invalid { return false }
        if changes.start.isKept { moved.start = task.content.start }
        return moved == task.content
    }

    /// Writes a task if it differs, as changed now.
    func replace(_ old: TaskItem, with task: inout TaskItem) throws {
        guard task != old else { return }
        task.updatedAt = time
        try transaction.replace(old, with: task)
    }

    // MARK: The trash

    /// Puts a task and its subtasks into the trash.
    func delete(_ task: TaskItem) throws {
        for subtask in try transaction.subtasks(of: task.id, inTrash: false) { try delete(subtask) }
        // Its progress has just changed.
        guard let task = try transaction.task(task.id) else { return }
        var deleted = task
        deleted.deletedAt = time
        try transaction.replace(task, with: deleted)
    }

    /// Takes a task out of the trash, with the subtasks that were deleted with it. If its list or its parent is gone, it
    /// comes back without.
    func restore(_ task: TaskItem) throws -> TaskItem {
        var restored = task
        restored.deletedAt = nil
        if try transaction.list(task.placement.listID) == nil { restored.placement.listID = .inbox }
        if let parentID = task.placement.parentID {
            let parent: TaskItem?
            do { parent = try self.parent(parentID, of: nil) } catch AppError.invalid { parent = nil }
            restored.placement.parentID = parent == nil ? nil : parentID
            if let parent { restored.placement.listID = parent.placement.listID }
        }
        try transaction.replace(task, with: restored)
        for subtask in try transaction.subtasks(of: task.id, inTrash: true) where subtask.deletedAt == task.deletedAt {
            _ = try restore(subtask)
        }
        return try self.task(task.id)
    }

    /// Deletes a task in the trash for good, with the subtasks that were deleted with it.
    func deleteForGood(_ task: TaskItem) throws {
        for subtask in try transaction.subtasks(of: task.id, inTrash: true) where subtask.deletedAt == task.deletedAt {
            try deleteForGood(subtask)
        }
        try transaction.deleteForGood(task)
    }

    // MARK: Rules

    /// Moves the due date, and the start with it, to the first day of the repeat.
    private func firstInstance(_ content: inout TaskContent) throws {
        guard let repeats = content.repeats, let due = content.due else { return }
        try repeats.check(field: "repeat")
        guard let first = repeats.first(from: due, in: zones) else {
            throw AppError.invalid([.hasNoDate("repeat", repeats.recurrence.rule, from: due, in: zones)])
        }
        content.start = content.start.flatMap { $0.moved(from: due, to: first) }
        content.due = first
    }

    /// The tags as the account spells them; new ones are made.
    private func resolved(_ names: [ItemName]) throws -> [ItemName] {
        guard names.count <= Tag.maximumPerTask else {
            throw AppError.invalid([
                FieldIssue("tags", "A task may have at most \(Tag.maximumPerTask) tags.", .tooLong)
            ])
        }
        var all: [ItemName] = []
        for name in names {
            if let known = try transaction.tag(key: name.key) {
                all = all.adding([known.name])
                continue
            }
            guard try transaction.tagCount() < Tag.maximumCount else {
                throw AppError.invalid([
                    FieldIssue("tags", "An account may have at most \(Tag.maximumCount) tags.", .tooLong)
                ])
            }
            try transaction.insert(
                Tag(id: TagID(rawValue: ids.next(at: time)), name: name, createdAt: time, updatedAt: time))
            all = all.adding([name])
        }
        return all
    }
}
