import Basics
import Calendar
import Domain

/// Tasks in a database.
package struct SQLTaskStore: TaskStore {
    let database: any Database
    /// Nil for a database that other servers write to.
    private let revisions: RevisionCache?
    /// Nil for a database without a round trip to save.
    private let sharedRevisions: SharedReads<UserID, Revision>?
    /// Part of each epoch. A file can be replaced by a backup only while its server is stopped, so with SQLite the next
    /// start begins new epochs.
    private let start: String
    private let zones: TimeZoneDatabase
    private let ids: UUIDv7Generator
    private let searchKeys = SearchKeys()
    /// Called after an account's tasks have changed.
    private let onChange: @Sendable (UserID) -> Void
    private static let columns = TaskStatements.columns

    /// - Parameter onChange: called after an account's tasks have changed.
    package init(
        _ database: any Database, clocks: Clocks = .system, zones: TimeZoneDatabase = .system,
        ids: UUIDv7Generator = UUIDv7Generator(), onChange: @escaping @Sendable (UserID) -> Void = { _ in }
    ) {
        (self.database, self.zones, self.ids, self.onChange) = (database, zones, ids, onChange)
        revisions = database.isShared ? nil : RevisionCache(now: clocks.monotonicMilliseconds)
        sharedRevisions =
            database.isShared
            ? SharedReads(maximumQueries: 4) { owners in try await database.read { try $0.revisions(of: owners) } }
            : nil
        start = database.isShared ? "" : "-" + String(UInt64.random(in: .min ... .max), radix: 36)
    }

    package func tasks(ownedBy owner: UserID, matching query: TaskQuery) async throws -> TaskRows {
        try await read { [zones] in try $0.tasks(of: owner, matching: query, in: zones) }
    }

    package func overview(of owner: UserID, matching queries: [TaskQuery]) async throws -> TaskOverview {
        try await read { [zones] connection in
            try connection.readTogether {
                TaskOverview(
                    lists: try connection.lists(of: owner), tags: try connection.tags(of: owner),
                    views: try connection.views(of: owner),
                    tasks: try queries.map { try connection.tasks(of: owner, matching: $0, in: zones) })
            }
        }
    }

    package func count(ownedBy owner: UserID, matching filter: TaskFilter, upTo maximum: Int) async throws -> Int {
        try await read { [zones] connection in
            let list = TaskListQuery(
                owner: owner, query: TaskQuery(filter), dialect: connection.dialect, searchKey: nil)
            let count = Int(try connection.row(list.count(upTo: maximum)) { $0.integer(0) } ?? 0)
            guard count < maximum, let range = filter.due, let dueTimes = list.dueTimesAtEdges(upTo: 10 * maximum)
            else { return count }
            let edges = try connection.rows(dueTimes) { CalendarTime(stored: $0.text(0)) }
            return min(maximum, count + edges.count { $0.map { range.contains($0, in: zones) } ?? false })
        }
    }

    package func revision(ofTasksOf owner: UserID) async throws -> Revision {
        if let known = revisions?.revision(of: owner) { return known }
        let ticket = revisions?.ticket(for: owner)
        let found = try await translatingErrors { try await readRevision(of: owner) }
        let revision = Revision(epoch: found.epoch + start, sequence: found.sequence)
        if let ticket { revisions?.insert(revision, of: owner, ticket) }
        return revision
    }

    private func readRevision(of owner: UserID) async throws -> Revision {
        if let sharedRevisions { return try await sharedRevisions.value(of: owner) ?? .initial }
        return try await database.read { try $0.revision(of: owner) }
    }

    package func task(_ id: TaskID, ownedBy owner: UserID) async throws -> TaskItem? {
        try await read { connection in
            try connection.row(
                """
                SELECT \(Self.columns) FROM tasks
                 WHERE user_id = \(owner) AND \(TaskStatements.hasID(id, connection.dialect))
                """, TaskItem.init(row:))
        }
    }

    package func storedAnswer(_ digest: String, of owner: UserID) async throws -> StoredAnswer? {
        try await read { try $0.storedAnswer(digest, of: owner) }
    }

    package func lists(of owner: UserID) async throws -> [TaskList] { try await read { try $0.lists(of: owner) } }

    package func tags(of owner: UserID) async throws -> [Tag] { try await read { try $0.tags(of: owner) } }

    package func views(of owner: UserID) async throws -> [SavedView] { try await read { try $0.views(of: owner) } }

    package func feedToken(of owner: UserID) async throws -> FeedToken {
        try await read { try $0.feedToken(of: owner) }
    }

    package func feed(of owner: UserID, since token: FeedToken?, limit: Int) async throws -> FeedPage {
        try await read { connection in
            // Before anything is read: what changes meanwhile comes once more with the changes since.
            let start = try token ?? connection.feedToken(of: owner, snapshot: .start)
            return try connection.feed(of: owner, since: start, limit: limit)
        }
    }

    func read<Value: Sendable>(
        _ work: @escaping @Sendable (any Connection) throws -> Value
    ) async throws -> Value {
        try await translatingErrors { try await database.read(work) }
    }

    package func write<Value: Sendable>(
        _ owner: UserID, undo: UndoID, at time: Timestamp, once: RepeatableWrite<Value>?,
        _ work: @escaping @Sendable (any TaskTransaction) throws -> Value
    ) async throws -> WriteOutcome<Value> {
        defer { hasChanged(owner) }
        let (outcome, searchKey) = try await translatingErrors(referringTo: .account(owner), in: database) {
            try await database.write { [zones, ids, searchKeys] connection in
                var searchKey: Int64?
                let outcome = try connection.once(once, of: owner, at: time) {
                    let transaction = try SQLTaskTransaction(
                        connection, of: owner, undo: undo, at: time, zones: zones, searchKey: searchKeys[owner],
                        newTagID: { TagID(rawValue: ids.next(at: time)) })
                    let value = try work(transaction)
                    try transaction.finish()
                    searchKey = transaction.searchKey
                    if transaction.undo != nil || transaction.hasDeleted { try connection.announce(.tasks(owner)) }
                    return Written(value, undo: transaction.undo, growth: transaction.growth)
                }
                return (outcome, searchKey)
            }
        }
        if let searchKey { searchKeys.insert(searchKey, of: owner) }
        return outcome
    }

    func hasChanged(_ owner: UserID) {
        revisions?.forget(owner)
        onChange(owner)
    }

    package func deleteStoredAnswers(of owner: UserID) async throws -> Int64 {
        try await translatingErrors {
            try await database.write { connection in
                try connection.rows(
                    """
                    DELETE FROM stored_answers WHERE user_id = \(owner)
                    RETURNING \(TaskStatements.answerSize(connection.dialect))
                    """
                ) { $0.integer(0) }.reduce(0, +)
            }
        }
    }

    package func deleteUndo(of owner: UserID, keeping kept: UndoID?) async throws -> Int64 {
        try await translatingErrors {
            try await database.write { connection in
                try connection.rows(
                    """
                    DELETE FROM undo_steps WHERE user_id = \(owner) AND undo_id <> \(kept?.rawValue ?? "")
                    RETURNING \(TaskStatements.undoSize(connection.dialect))
                    """
                ) { $0.integer(0) }.reduce(0, +)
            }
        }
    }

    package func emptyTrash(of owner: UserID) async throws -> (count: Int, bytes: Int64) {
        defer { hasChanged(owner) }
        return try await translatingErrors {
            try await database.write { connection in
                try connection.announce(.tasks(owner))
                try connection.lockTasks(of: owner)
                let sizes = try connection.rows(
                    """
                    DELETE FROM tasks WHERE user_id = \(owner) AND deleted_at > 0
                    RETURNING \(TaskStatements.size(connection.dialect))
                    """
                ) { $0.integer(0) }
                return (sizes.count, sizes.reduce(0, +))
            }
        }
    }

    package func shrinkTrash(of owner: UserID) async throws -> Int64 {
        try await translatingErrors {
            try await database.write { connection in
                try connection.lockTasks(of: owner)
                return try connection.rows(
                    """
                    DELETE FROM tasks WHERE user_id = \(owner) AND deleted_at > 0 AND id IN (
                        SELECT id FROM tasks WHERE user_id = \(owner) AND deleted_at > 0 ORDER BY id LIMIT 100
                    )
                    RETURNING \(TaskStatements.size(connection.dialect))
                    """
                ) { $0.integer(0) }.reduce(0, +)
            }
        }
    }

    package func usage(of owner: UserID) async throws -> Int64 {
        try await translatingErrors {
            try await database.read { connection in
                try connection.row("SELECT bytes FROM task_usage WHERE user_id = \(owner)") { $0.integer(0) } ?? 0
            }
        }
    }

    package func addUsage(_ bytes: [UserID: Int64]) async throws {
        // In a fixed order, so that two processes never deadlock.
        let changes = bytes.sorted { $0.key.rawValue < $1.key.rawValue }
        try await translatingErrors {
            try await database.write { connection in
                for (owner, bytes) in changes { try connection.addUsage(bytes, of: owner) }
            }
        }
    }
}

extension Connection {
    /// Lets other transactions of the account wait, as they would for its log of changes: one that took rows first and the
    /// log later could wait for another one that waits for it.
    func lockTasks(of owner: UserID) throws { try lockTasks(of: "\(owner)") }

    /// - Parameter owners: a query for the accounts, or one of them. They are locked in a fixed order.
    func lockTasks(of owners: SQL) throws {
        guard dialect == .postgres else { return }
        try enqueue("SELECT 1 FROM epochs WHERE user_id IN (\(owners)) ORDER BY user_id FOR NO KEY UPDATE")
    }

    /// Does nothing if the account is gone.
    func addUsage(_ bytes: Int64, of owner: UserID) throws {
        try execute(
            """
            INSERT INTO task_usage (user_id, bytes)
            SELECT id, CAST(\(bytes) AS BIGINT) FROM users WHERE id = \(owner)
            ON CONFLICT (user_id) DO UPDATE SET bytes = task_usage.bytes + excluded.bytes
            """)
    }
}
