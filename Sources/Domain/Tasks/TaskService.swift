import Basics
import Calendar

/// The rules of a task list, independent of HTTP and SQL.
package struct TaskService: Sendable {
    let store: any TaskStore
    let writer: TaskWriter
    private var allowance: AccountAllowance { writer.allowance }

    package init(
        store: any TaskStore, ids: UUIDv7Generator, zones: TimeZoneDatabase = .system,
        allowance: AccountAllowance = AccountAllowance(.none), now: @escaping @Sendable () -> Timestamp
    ) {
        self.store = store
        writer = TaskWriter(store: store, ids: ids, zones: zones, allowance: allowance, now: now)
    }

    package func list(for owner: UserID, matching query: TaskQuery) async throws -> TaskRows {
        try await store.tasks(ownedBy: owner, matching: query)
    }

    /// The owner's lists, tags and views, and the tasks for each query.
    package func overview(of owner: UserID, matching queries: [TaskQuery]) async throws -> TaskOverview {
        try await store.overview(of: owner, matching: queries)
    }

    /// The number of tasks that a filter selects.
    /// - Parameter maximum: where counting ends.
    package func count(for owner: UserID, matching filter: TaskFilter, upTo maximum: Int) async throws -> Int {
        try await store.count(ownedBy: owner, matching: filter, upTo: maximum)
    }

    /// The current revision of the owner's tasks. Tasks read afterwards are at least as new.
    package func revision(ofTasksOf owner: UserID) async throws -> Revision {
        try await store.revision(ofTasksOf: owner)
    }

    /// - Throws: `AppError.notFound`, for another user's task as well as for one that never existed.
    package func task(_ id: TaskID, for owner: UserID) async throws -> TaskItem {
        guard let task = try await store.task(id, ownedBy: owner) else { throw Self.noSuchTask }
        return task
    }

    // MARK: Changes

    /// - Parameter once: nil for a request that takes effect each time it is sent.
    /// - Throws: `AppError.invalid`, `AppError.quotaExceeded`, `AppError.writesTooFast`.
    package func create(
        _ draft: TaskDraft, for user: TaskOwner, once: RepeatableWrite<TaskItem>?
    ) async throws -> WriteOutcome<TaskItem> {
        // Refused before room is made for it.
        try draft.content.checkDates()
        let size = draft.content.size
        // An answer holds the texts once more, and escapes may make them longer.
        let answer = once == nil ? 0 : 2 * size
        return try await writer.write(
            for: user, bytes: size, growth: size + TaskItem.overhead + answer, once: once
        ) { try $0.create(draft) }
    }

    /// - Throws: `AppError.invalid`, `AppError.quotaExceeded`, `AppError.writesTooFast`.
    package func create(_ draft: TaskDraft, for user: TaskOwner) async throws -> Written<TaskItem> {
        guard case .done(let written) = try await create(draft, for: user, once: nil) else { throw Self.noSuchTask }
        return written
    }

    /// Changes the given fields and leaves the rest; if that changes nothing, `updatedAt` stays too.
    /// - Parameter isExpected: nil to change a task in any state.
    /// - Throws: `AppError.invalid`, `AppError.quotaExceeded`, `AppError.writesTooFast`, `ItemConflict<TaskItem>`.
    package func update(
        _ id: TaskID, with changes: TaskChanges, for user: TaskOwner, if isExpected: ItemCondition<TaskItem>? = nil
    ) async throws -> Written<UpdatedTask> {
        // Near the limit the old size matters: shortening a task is always possible.
        func exactGrowth() async throws -> Int64 {
            let old = try await task(id, for: user.id).content
            return max(0, changes.applied(to: old).size - old.size)
        }
        return try await writer.write(
            for: user, bytes: changes.size, growth: changes.size, exactGrowth: exactGrowth
        ) { editor in
            let task = try editor.task(id)
            if let isExpected, !isExpected(task) {
                guard try editor.areMade(changes, in: task) else { throw ItemConflict<TaskItem>(current: task) }
                return UpdatedTask(task)
            }
            return try editor.update(task, with: changes)
        }
    }

    /// - Parameter isExpected: nil to delete a task in any state.
    /// - Throws: `ItemConflict<TaskItem>`.
    package func delete(
        _ id: TaskID, for user: TaskOwner, if isExpected: ItemCondition<TaskItem>? = nil
    ) async throws -> Written<TaskItem> {
        try await writer.write(for: user) { editor in
            let task = try editor.task(id)
            if let isExpected, !isExpected(task) { throw ItemConflict<TaskItem>(current: task) }
            try editor.delete(task)
            return task
        }
    }

    /// Restores a deleted task, within `trashSeconds` of its deletion.
    /// - Parameter once: nil for a request that takes effect each time it is sent.
    package func restore(
        _ id: TaskID, for user: TaskOwner, once: RepeatableWrite<TaskItem>?
    ) async throws -> WriteOutcome<TaskItem> {
        try await writer.write(for: user, once: once) { editor in
            guard let task = try editor.transaction.trashedTask(id) else { throw Self.noSuchTask }
            return try editor.restore(task)
        }
    }

    package func restore(_ id: TaskID, for user: TaskOwner) async throws -> Written<TaskItem> {
        guard case .done(let written) = try await restore(id, for: user, once: nil) else { throw Self.noSuchTask }
        return written
    }

    /// Completes a task, or the present instance of one that repeats.
    /// - Parameters:
    ///   - due: the due date of the instance that the client saw; if that is not the present one, nothing changes.
    ///   - isExpected: nil to complete a task in any state.
    package func complete(
        _ id: TaskID, due: CalendarTime?, for user: TaskOwner, if isExpected: ItemCondition<TaskItem>?,
        once: RepeatableWrite<UpdatedTask>?
    ) async throws -> WriteOutcome<UpdatedTask> {
        try await writer.write(for: user, once: once) { editor in
            let task = try editor.task(id)
            if try editor.isCompletedInstance(due, of: task) { return UpdatedTask(task) }
            if let isExpected, !isExpected(task) { throw ItemConflict<TaskItem>(current: task) }
            if let due, due != task.content.due { return UpdatedTask(task) }
            return try editor.complete(task)
        }
    }

    /// Moves a repeating task on to its next date without completing it.
    /// - Parameters:
    ///   - due: the due date that the client saw; if that is not the present one, nothing changes.
    ///   - isExpected: nil to skip a date of a task in any state.
    package func skip(
        _ id: TaskID, due: CalendarTime?, for user: TaskOwner, if isExpected: ItemCondition<TaskItem>?,
        once: RepeatableWrite<UpdatedTask>?
    ) async throws -> WriteOutcome<UpdatedTask> {
        try await writer.write(for: user, once: once) { editor in
            let task = try editor.task(id)
            if let isExpected, !isExpected(task) { throw ItemConflict(current: task) }
            if let due, due != task.content.due { return UpdatedTask(task) }
            return UpdatedTask(try editor.skip(task))
        }
    }

    /// - Parameter isExpected: nil to move a task in any state.
    package func move(
        _ id: TaskID, _ move: TaskMove, for user: TaskOwner, if isExpected: ItemCondition<TaskItem>?,
        once: RepeatableWrite<UpdatedTask>?
    ) async throws -> WriteOutcome<UpdatedTask> {
        try await writer.write(for: user, once: once) { editor in
            let task = try editor.task(id)
            if let isExpected, !isExpected(task) { throw ItemConflict(current: task) }
            return UpdatedTask(try editor.move(task, move))
        }
    }

    /// Deletes a task in the trash for good.
    package func deleteForGood(_ id: TaskID, for user: TaskOwner) async throws {
        _ = try await writer.write(for: user) { editor in
            guard let task = try editor.transaction.trashedTask(id) else { throw Self.noSuchTask }
            try editor.deleteForGood(task)
        }
    }

    /// Deletes all that is in the owner's trash for good; returns the number of tasks.
    package func emptyTrash(of owner: UserID) async throws -> Int {
        let (count, bytes) = try await store.emptyTrash(of: owner)
        allowance.correct(by: -bytes, for: owner)
        return count
    }

    /// Undoes a change, as far as nothing was changed again since.
    package func undo(
        _ id: UndoID, for user: TaskOwner, once: RepeatableWrite<UndoReport>?
    ) async throws -> WriteOutcome<UndoReport> {
        try await writer.write(for: user, undoing: id, once: once) { editor in
            let isRecent = id.rawValue >= UUIDv7Generator.least(at: editor.time.adding(seconds: -Self.undoSeconds))
            guard isRecent, let report = try editor.transaction.undo(id) else {
                throw Self.noSuchUndo
            }
            return report
        }
    }

    // MARK: Upkeep

    /// Deletes answers that are older than `StoredAnswer.lifetimeSeconds`, and what would undo changes that are older
    /// than `undoSeconds`.
    package func deleteExpired() async throws {
        let answers = writer.now().adding(seconds: -StoredAnswer.lifetimeSeconds)
        try await store.deleteStoredAnswers(before: answers, onFreed: release)
        let changes = writer.now().adding(seconds: -Self.undoSeconds)
        try await store.deleteUndo(before: changes, onFreed: release)
    }

    /// Deletes tasks that have been in the trash longer than `trashSeconds`; returns their number.
    package func emptyTrash() async throws -> Int {
        try await store.emptyTrash(before: writer.now().adding(seconds: -Self.trashSeconds), onFreed: release)
    }

    private func release(_ freed: [UserID: Int64]) {
        for (owner, bytes) in freed { allowance.correct(by: -bytes, for: owner) }
    }

    /// Saves the accounts' usage; to be called every few seconds.
    package func saveUsage() async throws {
        let unsaved = allowance.takeUnsaved()
        guard !unsaved.isEmpty else { return }
        do {
            try await store.addUsage(unsaved)
        } catch {
            for (owner, bytes) in unsaved { allowance.correct(unsavedBy: bytes, for: owner) }
            throw error
        }
    }

    /// The time within which a deleted task can be restored: 30 days.
    package static let trashSeconds: Int64 = 30 * 86_400
    /// The time within which a change can be undone: a day.
    package static let undoSeconds: Int64 = 86_400

    package static let noSuchTask = AppError.notFound("Task not found")
    package static let noSuchUndo = AppError.notFound("There is no such change, or it can no longer be undone.")
}
