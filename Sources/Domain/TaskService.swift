/// The rules of a task list. Knows neither HTTP nor SQL.
package struct TaskService: Sendable {
    private let store: any TaskStore
    private let now: @Sendable () -> Timestamp
    private let ids: UUIDv7Generator

    package init(
        store: any TaskStore, ids: UUIDv7Generator, now: @escaping @Sendable () -> Timestamp = { Timestamp.now() }
    ) {
        self.store = store
        self.ids = ids
        self.now = now
    }

    package func list(for owner: UserID, matching query: TaskQuery) async throws -> TaskPage {
        try await store.tasks(ownedBy: owner, matching: query)
    }

    /// What the owner's tasks are now, as a number to compare; nil where that can't be told without reading them. What
    /// is read afterwards is at least as new.
    package func version(ofTasksOf owner: UserID) -> TasksVersion? { store.version(ofTasksOf: owner) }

    /// Reads a list without making values of its tasks.
    /// - Parameter read: makes of the rows what is wanted of them; they are there only while it runs.
    package func list<Value: Sendable>(
        for owner: UserID, matching query: TaskQuery, _ read: @escaping @Sendable (inout TaskRows) throws -> Value
    ) async throws -> Value {
        try await store.tasks(ownedBy: owner, matching: query, read)
    }

    /// - Throws: `AppError.notFound`, for a task of somebody else just as for one that never was.
    package func task(_ id: TaskID, for owner: UserID) async throws -> TaskItem {
        guard let task = try await store.task(id, ownedBy: owner) else { throw Self.noSuchTask }
        return task
    }

    package func create(_ draft: TaskDraft, for owner: UserID) async throws -> TaskItem {
        let time = now()
        let task = TaskItem(
            id: TaskID(rawValue: ids.next(at: time)), ownerID: owner, title: draft.title.text,
            details: draft.details?.text, completedAt: draft.isCompleted ? time : nil, createdAt: time,
            updatedAt: time)
        try await store.insert(task)
        return task
    }

    /// Changes what is named and leaves the rest; nothing named means nothing to do, not even a new `updatedAt`.
    package func update(_ id: TaskID, with changes: TaskChanges, for owner: UserID) async throws -> TaskItem {
        guard !changes.isEmpty else { return try await task(id, for: owner) }
        guard let task = try await store.update(id, ownedBy: owner, with: changes, at: now()) else {
            throw Self.noSuchTask
        }
        return task
    }

    package func delete(_ id: TaskID, for owner: UserID) async throws {
        guard try await store.delete(id, ownedBy: owner, at: now()) else { throw Self.noSuchTask }
    }

    /// Takes a deleted task back, within `trashSeconds` of its deletion.
    package func restore(_ id: TaskID, for owner: UserID) async throws -> TaskItem {
        guard let task = try await store.restore(id, ownedBy: owner) else { throw Self.noSuchTask }
        return task
    }

    /// Forgets what was deleted too long ago to be missed; how many tasks those were.
    package func emptyTrash() async throws -> Int {
        try await store.emptyTrash(before: now().adding(seconds: -Self.trashSeconds))
    }

    /// How long a deleted task can be taken back: 30 days.
    package static let trashSeconds: Int64 = 30 * 86_400

    package static let noSuchTask = AppError.notFound("Task not found")
}
