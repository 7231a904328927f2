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
        try draft.content.checkDates()
        try allowance.take(bytes: draft.content.size, for: owner)
        let time = now()
        let task = TaskItem(
            id: TaskID(rawValue: ids.next(at: time)), ownerID: owner, content: draft.content,
            completedAt: draft.isCompleted ? time : nil, createdAt: time, updatedAt: time)
        try await makeRoom(for: task.size, of: owner)
        do {
            try await store.insert(task)
        } catch {
            allowance.correct(by: -task.size, for: owner)
            throw error
        }
        return task
    }

    /// Changes the given fields and leaves the rest; with no fields given, nothing changes, not even `updatedAt`.
    /// - Throws: `AppError.invalid`, `AppError.quotaExceeded`, `AppError.writesTooFast`.
    package func update(_ id: TaskID, with changes: TaskChanges, for owner: UserID) async throws -> TaskItem {
        guard !changes.isEmpty else { return try await task(id, for: owner) }
        let reserved = try await reserveRoom(for: changes, to: id, of: owner)
        var growth: Int64 = 0
        defer { allowance.correct(by: growth - reserved, for: owner) }
        guard let updated = try await store.update(id, ownedBy: owner, with: changes, at: now()) else {
            throw Self.noSuchTask
        }
        growth = updated.growth
        return updated.task
    }

    package func delete(_ id: TaskID, for owner: UserID) async throws {
        guard try await store.delete(id, ownedBy: owner, at: now()) else { throw Self.noSuchTask }
    }

    /// Restores a deleted task, within `trashSeconds` of its deletion.
    package func restore(_ id: TaskID, for owner: UserID) async throws -> TaskItem {
        guard let task = try await store.restore(id, ownedBy: owner) else { throw Self.noSuchTask }
        return task
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
