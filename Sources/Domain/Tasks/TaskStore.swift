import Basics

/// Tasks on disk. The owner is in every signature, so a statement that forgets whose task it touches cannot
/// be written.
package protocol TaskStore: Sendable {
    /// Reads a list, newest first.
    /// - Parameter read: makes of the rows what is wanted of them; they are there only while it runs.
    func tasks<Value: Sendable>(
        ownedBy owner: UserID, matching query: TaskQuery, _ read: @escaping @Sendable (inout TaskRows) throws -> Value
    ) async throws -> Value
    /// What the owner's tasks are now, as a number to compare; nil where that can't be told without reading them.
    func version(ofTasksOf owner: UserID) -> TasksVersion?
    func task(_ id: TaskID, ownedBy owner: UserID) async throws -> TaskItem?
    func insert(_ task: TaskItem) async throws
    /// The task as it is afterwards, or nil where the owner has none such.
    func update(_ id: TaskID, ownedBy owner: UserID, with changes: TaskChanges, at time: Timestamp) async throws
        -> UpdatedTask?
    /// Puts the task into the trash. False where the owner has none such.
    func delete(_ id: TaskID, ownedBy owner: UserID, at time: Timestamp) async throws -> Bool
    /// Takes a task out of the trash, as it was; nil where the owner's trash has none such.
    func restore(_ id: TaskID, ownedBy owner: UserID) async throws -> TaskItem?
    /// Forgets what was put into the trash before `time`; how many tasks that were, and how many bytes of whom.
    func emptyTrash(before time: Timestamp) async throws -> (count: Int, bytes: [UserID: Int64])
    /// Forgets some of what is in the owner's trash, those that were made first; how many bytes those took.
    func shrinkTrash(of owner: UserID) async throws -> Int64
    /// Bytes that the owner's tasks take, those in the trash included, as they were last written down.
    func usage(of owner: UserID) async throws -> Int64
    /// Writes down what has come to be taken since, or less; accounts that are gone are left out.
    func addUsage(_ bytes: [UserID: Int64]) async throws
}

extension TaskStore {
    package func tasks(ownedBy owner: UserID, matching query: TaskQuery) async throws -> TaskPage {
        try await tasks(ownedBy: owner, matching: query) { rows in
            var tasks: [TaskItem] = []
            var size = 0
            while let row = try rows.next() {
                tasks.append(TaskItem(row, ownerID: owner))
                size += row.title.count + (row.details?.count ?? 0)
                if size >= TaskQuery.maximumTextSize { rows.endPage(after: row) }
            }
            return TaskPage(tasks: tasks, nextCursor: rows.nextCursor)
        }
    }
}
