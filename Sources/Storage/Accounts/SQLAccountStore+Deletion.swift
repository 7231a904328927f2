import Basics
import Domain

/// Deletion at the owner's request, with time to think again.
extension SQLAccountStore {
    package func requestDeletion(
        of id: UserID, notifying notice: SecurityNotice? = nil, recording event: AuditEvent
    ) async throws -> [SessionID]? {
        try await translatingErrors {
            try await database.write { [audit] connection in
                guard let user = try connection.lock(id, where: "is_active") else { return nil }
                try connection.keepAdmin(without: id)
                try connection.execute(
                    """
                    UPDATE users SET is_active = \(false), deletion_requested_at = \(event.at), updated_at = \(event.at)
                     WHERE id = \(id)
                    """)
                try connection.notify(notice, before: user)
                let ended = try connection.endAccess(of: id)
                try connection.forgetPassword(of: id)
                try connection.announce(.user(id))
                try connection.record(event.counting(ended), in: audit)
                return ended.sessions
            }
        }
    }

    package func cancelDeletion(
        of id: UserID, requestedAt time: Timestamp, by first: FirstFactor, recording event: AuditEvent
    ) async throws -> User? {
        try await translatingErrors {
            try await database.write { [audit] connection in
                let user = try connection.row(
                    """
                    UPDATE users SET is_active = \(true), deletion_requested_at = NULL, updated_at = \(event.at)
                     WHERE id = \(id) AND deletion_requested_at = \(time) AND \(Self.holds(first))
                    RETURNING \(Self.userColumns)
                    """
                ) { User(row: $0) }
                guard let user else { return nil }
                try connection.announce(.user(id))
                try connection.record(event, in: audit)
                return user
            }
        }
    }

    package func usersToDelete(requestedBy time: Timestamp, limit: Int) async throws -> [UserID] {
        try await translatingErrors {
            try await database.read { connection in
                try connection.rows(
                    """
                    SELECT id FROM users WHERE deletion_requested_at <= \(time)
                     ORDER BY deletion_requested_at LIMIT \(limit)
                    """
                ) { UserID(rawValue: $0.text(0)) }
            }
        }
    }

    package func deleteUser(
        _ id: UserID, requestedBy time: Timestamp, recording event: AuditEvent
    ) async throws -> Bool {
        // The owner may have returned since the look.
        try await delete("DELETE FROM users WHERE id = \(id) AND deletion_requested_at <= \(time)", id, event)
    }

    package func deleteUser(_ id: UserID, recording event: AuditEvent) async throws -> Bool {
        try await delete("DELETE FROM users WHERE id = \(id)", id, event)
    }

    private func delete(_ statement: SQL, _ id: UserID, _ event: AuditEvent) async throws -> Bool {
        try await translatingErrors {
            try await database.write { [audit] connection in
                try connection.keepAdmin(without: id)
                guard try connection.execute(statement) > 0 else { return false }
                try connection.announce(.user(id))
                try connection.record(event, in: audit)
                return true
            }
        }
    }
}
