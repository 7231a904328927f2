import Basics

/// Persistent storage of tasks. Every method takes the owner, so no statement can touch another user's tasks by
/// omission.
package protocol TaskStore: Sendable {
    /// Reads a page of a list.
    func tasks(ownedBy owner: UserID, matching query: TaskQuery) async throws -> TaskRows
    func overview(of owner: UserID, matching queries: [TaskQuery]) async throws -> TaskOverview
    /// The number of tasks that a filter without words selects, counted up to a maximum.
    func count(ownedBy owner: UserID, matching filter: TaskFilter, upTo maximum: Int) async throws -> Int
    /// The current revision of the owner's tasks. Tasks read afterwards are at least as new.
    func revision(ofTasksOf owner: UserID) async throws -> Revision
    func task(_ id: TaskID, ownedBy owner: UserID) async throws -> TaskItem?
    /// The answer to a request that was carried out before.
    func storedAnswer(_ digest: String, of owner: UserID) async throws -> StoredAnswer?

    func lists(of owner: UserID) async throws -> [TaskList]
    func tags(of owner: UserID) async throws -> [Tag]
    func views(of owner: UserID) async throws -> [SavedView]

    /// The place after the account's last change.
    func feedToken(of owner: UserID) async throws -> FeedToken
    /// The changes since a token; nil for all that the account has, and then its changes since.
    /// - Throws: `FeedExpired`.
    func feed(of owner: UserID, since token: FeedToken?, limit: Int) async throws -> FeedPage

    /// Changes an account's tasks in one transaction, in which no other transaction changes them.
    /// - Parameters:
    ///   - undo: the name under which the change can be undone.
    ///   - once: nil for a request that takes effect each time it is sent.
    ///   - work: may be run again after a conflict with another transaction. If it throws, nothing is changed.
    func write<Value: Sendable>(
        _ owner: UserID, undo: UndoID, at time: Timestamp, once: RepeatableWrite<Value>?,
        _ work: @escaping @Sendable (any TaskTransaction) throws -> Value
    ) async throws -> WriteOutcome<Value>

    /// Deletes answers that were stored before `time`, in parts.
    /// - Parameter onFreed: receives the bytes per owner that each part has released, also if a later one fails.
    func deleteStoredAnswers(before time: Timestamp, onFreed: ([UserID: Int64]) -> Void) async throws
    /// Deletes the answers to the owner's requests; returns the bytes released.
    func deleteStoredAnswers(of owner: UserID) async throws -> Int64
    /// Deletes the undo steps of changes before `time`, in batches.
    /// - Parameter onFreed: receives the bytes per owner that each part has released, also if a later one fails.
    func deleteUndo(before time: Timestamp, onFreed: ([UserID: Int64]) -> Void) async throws
    /// Deletes the undo steps of the owner's changes except one; returns the bytes released.
    func deleteUndo(of owner: UserID, keeping kept: UndoID?) async throws -> Int64
    /// Deletes tasks that were trashed before `time`, in parts; returns their number.
    /// - Parameter onFreed: receives the bytes per owner that each part has released, also if a later one fails.
    func emptyTrash(before time: Timestamp, onFreed: ([UserID: Int64]) -> Void) async throws -> Int
    /// Deletes all tasks in the owner's trash; returns their number, and the bytes released.
    func emptyTrash(of owner: UserID) async throws -> (count: Int, bytes: Int64)
    /// Deletes some of the tasks in the owner's trash, in order of creation; returns the bytes released.
    func shrinkTrash(of owner: UserID) async throws -> Int64
    /// The size of the owner's tasks in bytes, including the trash, as last saved.
    func usage(of owner: UserID) async throws -> Int64
    /// Adds to the saved usage, or subtracts from it; ignores accounts that no longer exist.
    func addUsage(_ bytes: [UserID: Int64]) async throws
}
