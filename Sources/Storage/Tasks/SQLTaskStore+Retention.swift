import Basics
import Domain

/// Deletes what is no longer kept, in transactions of a bounded size: a busy account has millions of rows that become too
/// old within an hour, and the writes of others wait for each transaction.
extension SQLTaskStore {
    /// More are deleted at once only where one change made them.
    static let rowsPerDeletion = 1000

    package func deleteStoredAnswers(
        before time: Timestamp, onFreed: ([UserID: Int64]) -> Void
    ) async throws {
        _ = try await deleteInParts(onFreed) { connection in
            try connection.rows(
                """
                DELETE FROM stored_answers WHERE created_at < \(time) AND created_at <= COALESCE((
                    SELECT created_at FROM stored_answers WHERE created_at < \(time)
                     ORDER BY created_at LIMIT 1 OFFSET \(Self.rowsPerDeletion - 1)), \(time))
                RETURNING user_id, \(TaskStatements.answerSize(connection.dialect))
                """
            ) { (UserID(rawValue: $0.text(0)), $0.integer(1)) }
        }
    }

    package func deleteUndo(before time: Timestamp, onFreed: ([UserID: Int64]) -> Void) async throws {
        // There is no index by age, which each change would have to pay for: the oldest step of each account is its
        // first.
        let end = UUIDv7Generator.least(at: time)
        var last = ""
        while let owner = try await firstOwnerOfUndo(after: last) {
            last = owner.id.rawValue
            guard owner.oldest < end else { continue }
            _ = try await deleteInParts(onFreed) { connection in
                try connection.rows(
                    """
                    DELETE FROM undo_steps
                     WHERE user_id = \(owner.id) AND undo_id < \(end) AND undo_id <= COALESCE((
                        SELECT undo_id FROM undo_steps WHERE user_id = \(owner.id) AND undo_id < \(end)
                         ORDER BY undo_id, number LIMIT 1 OFFSET \(Self.rowsPerDeletion - 1)), \(end))
                    RETURNING \(TaskStatements.undoSize(connection.dialect))
                    """
                ) { (owner.id, $0.integer(0)) }
            }
        }
    }

    private func firstOwnerOfUndo(after last: String) async throws -> (id: UserID, oldest: String)? {
        try await read { connection in
            try connection.row(
                """
                SELECT user_id, undo_id FROM undo_steps WHERE user_id > \(last) ORDER BY user_id, undo_id LIMIT 1
                """
            ) { (UserID(rawValue: $0.text(0)), $0.text(1)) }
        }
    }

    package func emptyTrash(before time: Timestamp, onFreed: ([UserID: Int64]) -> Void) async throws -> Int {
        let onPart: ([UserID: Int64]) -> Void = { freed in
            for owner in freed.keys { hasChanged(owner) }
            onFreed(freed)
        }
        let old: SQL = """
            deleted_at > 0 AND deleted_at < \(time) AND deleted_at <= COALESCE((
                SELECT deleted_at FROM tasks WHERE deleted_at > 0 AND deleted_at < \(time)
                 ORDER BY deleted_at LIMIT 1 OFFSET \(Self.rowsPerDeletion - 1)), \(time))
            """
        return try await deleteInParts(onPart) { connection in
            try connection.lockTasks(of: "SELECT user_id FROM tasks WHERE \(old)")
            return try connection.rows(
                "DELETE FROM tasks WHERE \(old) RETURNING user_id, \(TaskStatements.size(connection.dialect))"
            ) { (UserID(rawValue: $0.text(0)), $0.integer(1)) }
        }
    }

    /// - Parameters:
    ///   - onFreed: receives the bytes that each part has freed, as a later part may fail.
    ///   - part: deletes at least `rowsPerDeletion` rows if there are as many, and returns their owners and sizes.
    /// - Returns: the number of rows.
    private func deleteInParts(
        _ onFreed: ([UserID: Int64]) -> Void,
        _ part: @escaping @Sendable (any Connection) throws -> [(owner: UserID, bytes: Int64)]
    ) async throws -> Int {
        var count = 0
        while true {
            let deleted = try await translatingErrors { try await database.write { try part($0) } }
            count += deleted.count
            onFreed(deleted.reduce(into: [:]) { $0[$1.owner, default: 0] += $1.bytes })
            guard deleted.count >= Self.rowsPerDeletion else { return count }
        }
    }
}
