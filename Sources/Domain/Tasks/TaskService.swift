import Basics

/// The rules of a task list, independent of HTTP and SQL.
package struct TaskService: Sendable {
    private let store: any TaskStore
    private let now: @Sendable () -> Timestamp
    private let ids: UUIDv7Generator
    private let allowance: AccountAllowance

    package init(
        store: any TaskStore, ids: UUIDv7Generator, allowance: AccountAllowance = AccountAllowance(.none),
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.store = store
        self.ids = ids
        self.allowance = allowance
        self.now = now
    }

    package func list(for owner: UserID, matching query: TaskQuery) async throws -> TaskRows {
        try await store.tasks(ownedBy: owner, matching: query)
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

    /// - Throws: `AppError.invalid`, `AppError.quotaExceeded`, `AppError.writesTooFast`.
    package func create(_ draft: TaskDraft, for owner: UserID) async throws -> TaskItem {
        try await create(draft, for: owner, once: nil).task()
    }

    /// - Parameter once: nil for a request that takes effect each time it is sent.
    /// - Throws: `AppError.invalid`, `AppError.quotaExceeded`, `AppError.writesTooFast`.
    package func create(
        _ draft: TaskDraft, for owner: UserID, once repeatable: RepeatableWrite?
    ) async throws -> WriteOutcome {
        try draft.content.checkDates()
        if let answer = try await answer(to: repeatable, of: owner) { return .repeated(answer) }
        try allowance.take(bytes: draft.content.size, for: owner)
        let time = now()
        let task = TaskItem(
            id: TaskID(rawValue: ids.next(at: time)), ownerID: owner, content: draft.content,
            completedAt: draft.isCompleted ? time : nil, createdAt: time, updatedAt: time)
        let size = task.size + (try repeatable?.answer(task).size ?? 0)
        try await makeRoom(for: size, of: owner)
        var used: Int64 = 0
        defer { allowance.correct(by: used - size, for: owner) }
        let outcome = try await store.insert(task, once: repeatable)
        if case .done = outcome { used = size }
        return outcome
    }

    /// The answer to a request that was carried out before; looked up first, so that repeating it costs no write.
    private func answer(to repeatable: RepeatableWrite?, of owner: UserID) async throws -> StoredAnswer? {
        guard let repeatable else { return nil }
        return try await store.storedAnswer(to: repeatable, of: owner)
    }

    /// Changes the given fields and leaves the rest; with no fields given, nothing changes, not even `updatedAt`.
    /// - Parameter isExpected: nil to change a task in any state.
    /// - Throws: `AppError.invalid`, `AppError.quotaExceeded`, `AppError.writesTooFast`, `TaskConflict`.
    package func update(
        _ id: TaskID, with changes: TaskChanges, for owner: UserID, if isExpected: (@Sendable (TaskItem) -> Bool)? = nil
    ) async throws -> TaskItem {
        guard !changes.isEmpty else { return try await task(id, for: owner) }
        let reserved = try await reserveRoom(for: changes, to: id, of: owner)
        var growth: Int64 = 0
        defer { allowance.correct(by: growth - reserved, for: owner) }
        guard let updated = try await store.update(id, ownedBy: owner, with: changes, at: now(), if: isExpected)
        else {
            throw Self.noSuchTask
        }
        growth = updated.growth
        return updated.task
    }

    /// - Parameter isExpected: nil to delete a task in any state.
    /// - Throws: `TaskConflict`.
    package func delete(
        _ id: TaskID, for owner: UserID, if isExpected: (@Sendable (TaskItem) -> Bool)? = nil
    ) async throws {
        guard try await store.delete(id, ownedBy: owner, at: now(), if: isExpected) else { throw Self.noSuchTask }
    }

    package func restore(_ id: TaskID, for owner: UserID) async throws -> TaskItem {
        try await restore(id, for: owner, once: nil).task()
    }

    /// Restores a deleted task, within `trashSeconds` of its deletion.
    /// - Parameter once: nil for a request that takes effect each time it is sent.
    package func restore(
        _ id: TaskID, for owner: UserID, once repeatable: RepeatableWrite?
    ) async throws -> WriteOutcome {
        if let answer = try await answer(to: repeatable, of: owner) { return .repeated(answer) }
        let outcome = try await store.restore(id, ownedBy: owner, at: now(), once: repeatable)
        guard let outcome else { throw Self.noSuchTask }
        if case .done(let task) = outcome, let repeatable {
            allowance.correct(by: try repeatable.answer(task).size, for: owner)
        }
        return outcome
    }

    /// Deletes answers that are older than `StoredAnswer.lifetimeSeconds`.
    package func deleteStoredAnswers() async throws {
        let limit = now().adding(seconds: -StoredAnswer.lifetimeSeconds)
        for (owner, freed) in try await store.deleteStoredAnswers(before: limit) {
            allowance.correct(by: -freed, for: owner)
        }
    }

    /// Deletes tasks that have been in the trash longer than `trashSeconds`; returns their number.
    package func emptyTrash() async throws -> Int {
        let (count, bytes) = try await store.emptyTrash(before: now().adding(seconds: -Self.trashSeconds))
        for (owner, freed) in bytes { allowance.correct(by: -freed, for: owner) }
        return count
    }

    // MARK: Usage

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

    /// Reserves space, purging trash if necessary.
    private func makeRoom(for bytes: Int64, of owner: UserID) async throws {
        while try await !allowance.reserve(bytes, for: owner, { try await store.usage(of: owner) }) {
            let freed = try await store.shrinkTrash(of: owner)
            guard freed > 0 else { throw AllowanceRules.quotaRefusal(of: allowance.rules.quota ?? 0) }
            allowance.correct(by: -freed, for: owner)
        }
    }

    /// - Returns: the number of bytes reserved, which may be more than the change needs.
    private func reserveRoom(for changes: TaskChanges, to id: TaskID, of owner: UserID) async throws -> Int64 {
        guard changes.changesTexts else { return 0 }
        try allowance.take(bytes: changes.size, for: owner)
        if try await allowance.reserve(changes.size, for: owner, { try await store.usage(of: owner) }) {
            return changes.size
        }
        // Near the limit the old size matters: shortening a task is always possible.
        let old = try await task(id, for: owner).content
        let growth = changes.applied(to: old).size - old.size
        guard growth > 0 else { return 0 }
        try await makeRoom(for: growth, of: owner)
        return growth
    }

    /// The time within which a deleted task can be restored: 30 days.
    package static let trashSeconds: Int64 = 30 * 86_400

    package static let noSuchTask = AppError.notFound("Task not found")
}
