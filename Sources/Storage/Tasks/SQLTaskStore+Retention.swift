import Basics
import Domain

/// Deletes what is no longer kept, in transactions of a bounded size: a busy account has millions of rows that become too
/// old within an hour, and the writes of others wait for each transaction.
extension SQLTaskStore {
    /// More are deleted at once only where one change made them.
    static let rowsPerDeletion = 1000

    package func deleteStoredAnswers(before time: Timestamp) async throws -> [UserID: Int64] {
        try await deleteInParts { connection in
            try connection.rows(
                """
                DELETE FROM stored_answers WHERE created_at < \(time) AND created_at <= COALESCE((
                    SELECT created_at FROM stored_answers WHERE created_at < \(time)
                     ORDER BY created_at LIMIT 1 OFFSET \(Self.rowsPerDeletion - 1)), \(time))
                RETURNING user_id, \(TaskStatements.answerSize(connection.dialect))
                """
            ) { (UserID(rawValue: $0.text(0)), $0.integer(1)) }
        }.bytes
    }

    package func deleteUndo(before time: Timestamp) async throws -> [UserID: Int64] {
        // There is no index by age, which each change would have to pay for: the oldest step of each account is its
        // first.
        let end = UUIDv7Generator.least(at: time)
        var (freed, last) = ([UserID: Int64](), "")
        while let owner = try await firstOwnerOfUndo(after: last) {
            last = owner.id.rawValue
            guard owner.oldest < end else { continue }
            freed[owner.id] = try await deleteInParts { connection in
                try connection.rows(
                    """
                    DELETE FROM undo_steps
                     WHERE user_id = \(owner.id) AND undo_id < \(end) AND undo_id <= COALESCE((
                        SELECT undo_id FROM undo_steps WHERE user_id = \(owner.id) AND undo_id < \(end)
                         ORDER BY undo_id, number LIMIT 1 OFFSET \(Self.rowsPerDeletion - 1)), \(end))
                    RETURNING \(TaskStatements.undoSize(connection.dialect))
                    """
                ) { (owner.id, $0.integer(0)) }
            }.bytes[owner.id]
        }
        return freed
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

    package func emptyTrash(before time: Timestamp) async throws -> (count: Int, bytes: [UserID: Int64]) {
        let emptied = try await deleteInParts { connection in
            try connection.rows(
                """
                DELETE FROM tasks WHERE deleted_at > 0 AND deleted_at < \(time) AND deleted_at <= COALESCE((
                    SELECT deleted_at FROM tasks WHERE deleted_at > 0 AND deleted_at < \(time)
                     ORDER BY deleted_at LIMIT 1 OFFSET \(Self.rowsPerDeletion - 1)), \(time))
                RETURNING user_id, \(TaskStatements.size(connection.dialect))
                """
            ) { (UserID(rawValue: $0.text(0)), $0.integer(1)) }
        }
        for owner in emptied.bytes.keys { hasChanged(owner) }
        return emptied
    }

    /// - Parameter part: deletes at least `rowsPerDeletion` rows if there are as many, and returns their owners and sizes.
    private func deleteInParts(
        _ part: @escaping @Sendable (any Connection) throws -> [(owner: UserID, bytes: Int64)]
    ) async throws -> (count: Int, bytes: [UserID: Int64]) {
        var (count, bytes) = (0, [UserID: Int64]())
        while true {
            let deleted = try await translatingErrors { try await database.write { try part($0) } }
            count += deleted.count
            for row in deleted { bytes[row.owner, default: 0] += row.bytes }
            guard deleted.count >= Self.rowsPerDeletion else { return (count, bytes) }
        }
    }
}
