import Basics
import Domain

/// Tasks in a database.
package struct SQLTaskStore: TaskStore {
    private let database: any Database
    /// Nil for a database that other servers write to.
    private let revisions: RevisionCache?
    /// Part of each epoch. A file can be replaced by a backup only while its server is stopped, so with SQLite the next
    /// start begins new epochs.
    private let start: String
    private static let columns = TaskStatements.columns

    package init(_ database: any Database, clocks: Clocks = .system) {
        self.database = database
        revisions = database.hasOtherServers ? nil : RevisionCache(now: clocks.monotonicMilliseconds)
        start = database.hasOtherServers ? "" : "-" + String(UInt64.random(in: .min ... .max), radix: 36)
    }

    package func tasks(ownedBy owner: UserID, matching query: TaskQuery) async throws -> TaskRows {
        try await translatingErrors {
            try await database.read { connection in
                try connection.withRows(Self.list(of: owner, matching: query, connection.dialect)) { next in
                    var rows = TaskRows(expecting: TaskQuery.defaultLimit)
                    while let row = try next() {
                        guard rows.count < query.limit, rows.textSize < query.maximumTextSize else {
                            rows.isCut = true
                            break
                        }
                        rows.append(row)
                    }
                    return rows
                }
            }
        }
    }

    package func revision(ofTasksOf owner: UserID) async throws -> Revision {
        if let known = revisions?.revision(of: owner) { return known }
        let ticket = revisions?.ticket(for: owner)
        let found = try await translatingErrors { try await database.read { try $0.revision(of: owner) } }
        let revision = Revision(epoch: found.epoch + start, sequence: found.sequence)
        if let ticket { revisions?.insert(revision, of: owner, ticket) }
        return revision
    }

    /// Runs statements that change tasks of this owner.
    private func write<Value: Sendable>(
        _ owner: UserID, _ work: @escaping @Sendable (any Connection) throws -> Value
    ) async throws -> Value {
        defer { revisions?.forget(owner) }
        return try await translatingErrors(referringTo: .account(owner), in: database) {
            try await database.write(work)
        }
    }

    /// One more than the page size, to detect if there is a next page.
    private static func list(of owner: UserID, matching query: TaskQuery, _ dialect: Dialect) -> SQL {
        let index = query.filter.isCompleted == nil ? SQLColumns("") : dialect.using(index: "tasks_by_state")
        return """
            SELECT \(columns) FROM tasks \(index)
             WHERE user_id = \(owner) AND deleted_at = 0\(TaskStatements.conditions(of: query))
             ORDER BY \(TaskStatements.order(query.order)) LIMIT \(query.limit + 1)
            """
    }

    package func task(_ id: TaskID, ownedBy owner: UserID) async throws -> TaskItem? {
        try await translatingErrors {
            try await database.read { connection in
                try connection.row(
                    "SELECT \(Self.columns) FROM tasks WHERE \(TaskStatements.task(id, of: owner))", TaskItem.init(row:)
                )
            }
        }
    }

    package func storedAnswer(to write: RepeatableWrite, of owner: UserID) async throws -> StoredAnswer? {
        try await translatingErrors { try await database.read { try $0.storedAnswer(write.digest, of: owner) } }
    }

    package func insert(_ task: TaskItem, once repeatable: RepeatableWrite?) async throws -> WriteOutcome {
        try await write(task.ownerID) { connection in
            try connection.requireRoom()
            let outcome = try connection.once(repeatable, of: task.ownerID, at: task.createdAt) {
                try connection.insert(task)
                return task
            }
            return outcome ?? .done(task)
        }
    }

    package func update(
        _ id: TaskID, ownedBy owner: UserID, with changes: TaskChanges, at time: Timestamp,
        if isExpected: (@Sendable (TaskItem) -> Bool)?
    ) async throws -> UpdatedTask? {
        let update: SQL = """
            UPDATE tasks SET \(TaskStatements.assignments(of: changes, at: time)) WHERE \(TaskStatements.task(id, of: owner))
            RETURNING \(Self.columns)
            """
        return try await write(owner) { connection in
            var before: Int64?
            if changes.changesTexts { try connection.requireRoom() }
            if changes.changesTexts || isExpected != nil {
                guard let task = try Self.locked(id, of: owner, on: connection) else { return nil }
                if let isExpected, !isExpected(task) {
                    guard changes.areMade(in: task) else { throw TaskConflict(current: task) }
                    return UpdatedTask(task: task, growth: 0)
                }
                before = task.size
            }
            let task = try connection.row(update, TaskItem.init(row:))
            if !changes.due.isKept || !changes.start.isKept { try task?.content.checkDates() }
            return task.map { UpdatedTask(task: $0, growth: $0.size - (before ?? $0.size)) }
        }
    }

    package func delete(
        _ id: TaskID, ownedBy owner: UserID, at time: Timestamp, if isExpected: (@Sendable (TaskItem) -> Bool)?
    ) async throws -> Bool {
        try await write(owner) { connection in
            if let isExpected {
                guard let task = try Self.locked(id, of: owner, on: connection) else { return false }
                guard isExpected(task) else { throw TaskConflict(current: task) }
            }
            let count = try connection.execute(
                "UPDATE tasks SET deleted_at = \(time) WHERE \(TaskStatements.task(id, of: owner))")
            return count > 0
        }
    }

    /// The task as it stays until this transaction changes it.
    private static func locked(_ id: TaskID, of owner: UserID, on connection: any Connection) throws -> TaskItem? {
        try connection.row(
            """
            SELECT \(columns) FROM tasks WHERE \(TaskStatements.task(id, of: owner)) \(connection.dialect.rowLock)
            """, TaskItem.init(row:))
    }

    package func restore(
        _ id: TaskID, ownedBy owner: UserID, at time: Timestamp, once repeatable: RepeatableWrite?
    ) async throws -> WriteOutcome? {
        try await write(owner) { connection in
            try connection.once(repeatable, of: owner, at: time) {
                try connection.row(
                    """
                    UPDATE tasks SET deleted_at = 0 WHERE user_id = \(owner) AND deleted_at > 0 AND id = \(id)
                    RETURNING \(Self.columns)
                    """, TaskItem.init(row:))
            }
        }
    }

    package func deleteStoredAnswers(before time: Timestamp) async throws -> [UserID: Int64] {
        try await translatingErrors {
            try await database.write { connection in
                let deleted: SQL = """
                    DELETE FROM stored_answers WHERE created_at < \(time)
                    RETURNING user_id, \(TaskStatements.answerSize(connection.dialect))
                    """
                return try connection.rows(deleted) { (UserID(rawValue: $0.text(0)), $0.integer(1)) }
                    .reduce(into: [:]) { $0[$1.0, default: 0] += $1.1 }
            }
        }
    }

    package func emptyTrash(before time: Timestamp) async throws -> (count: Int, bytes: [UserID: Int64]) {
        try await translatingErrors {
            try await database.write { connection in
                var (count, bytes) = (0, [UserID: Int64]())
                let deleted: SQL = """
                    DELETE FROM tasks WHERE deleted_at > 0 AND deleted_at < \(time)
                    RETURNING user_id, \(TaskStatements.size(connection.dialect))
                    """
                try connection.withRows(deleted) { next in
                    while let row = try next() {
                        count += 1
                        bytes[UserID(rawValue: row.text(0)), default: 0] += row.integer(1)
                    }
                }
                return (count, bytes)
            }
        }
    }

    package func shrinkTrash(of owner: UserID) async throws -> Int64 {
        try await translatingErrors {
            try await database.write { connection in
                try connection.rows(
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
    /// Does nothing if the account is gone.
    func addUsage(_ bytes: Int64, of owner: UserID) throws {
        try execute(
            """
            INSERT INTO task_usage (user_id, bytes)
            SELECT id, CAST(\(bytes) AS BIGINT) FROM users WHERE id = \(owner)
            ON CONFLICT (user_id) DO UPDATE SET bytes = task_usage.bytes + excluded.bytes
            """)
    }

    func insert(_ task: TaskItem) throws { try execute(TaskStatements.insert(task)) }
}
