import Basics

/// Persistent storage of tasks. Every method takes the owner, so no statement can touch another user's tasks by
/// omission.
package protocol TaskStore: Sendable {
    /// Reads a page of a list.
    func tasks(ownedBy owner: UserID, matching query: TaskQuery) async throws -> TaskRows
    /// The current revision of the owner's tasks. Tasks read afterwards are at least as new.
    func revision(ofTasksOf owner: UserID) async throws -> Revision
    func task(_ id: TaskID, ownedBy owner: UserID) async throws -> TaskItem?
    /// The answer to a request that was carried out before.
    func storedAnswer(to write: RepeatableWrite, of owner: UserID) async throws -> StoredAnswer?
    /// - Parameter once: nil for a request that takes effect each time it is sent.
    func insert(_ task: TaskItem, once: RepeatableWrite?) async throws -> WriteOutcome
    /// Updates a task and returns the new state, or nil if the owner has no such task.
    /// - Parameter isExpected: nil to change a task in any state.
    /// - Throws: `AppError.invalid` if the start no longer goes with the due date, `TaskConflict` if the task is not in
    ///   the expected state and the changes would change it; nothing is changed.
    func update(
        _ id: TaskID, ownedBy owner: UserID, with changes: TaskChanges, at time: Timestamp,
        if isExpected: (@Sendable (TaskItem) -> Bool)?
    ) async throws -> UpdatedTask?
    /// Moves the task to the trash. False if the owner has no such task.
    /// - Throws: `TaskConflict`.
    func delete(
        _ id: TaskID, ownedBy owner: UserID, at time: Timestamp, if isExpected: (@Sendable (TaskItem) -> Bool)?
    ) async throws -> Bool
    /// Restores a task from the trash unchanged; nil if the owner's trash has no such task.
    func restore(_ id: TaskID, ownedBy owner: UserID, at time: Timestamp, once: RepeatableWrite?) async throws
        -> WriteOutcome?
    /// Deletes answers that were stored before `time`; returns the bytes released per owner.
    func deleteStoredAnswers(before time: Timestamp) async throws -> [UserID: Int64]
    /// Deletes tasks that were trashed before `time`; returns their number, and the bytes released per owner.
    func emptyTrash(before time: Timestamp) async throws -> (count: Int, bytes: [UserID: Int64])
    /// Deletes some of the tasks in the owner's trash, in order of creation; returns the bytes released.
    func shrinkTrash(of owner: UserID) async throws -> Int64
    /// The size of the owner's tasks in bytes, including the trash, as last saved.
    func usage(of owner: UserID) async throws -> Int64
    /// Adds to the saved usage, or subtracts from it; ignores accounts that no longer exist.
    func addUsage(_ bytes: [UserID: Int64]) async throws
}
