import Basics
import Domain

/// The operator's view of users, and administrative changes to their accounts.
extension SQLAccountStore {
    package func user(_ email: EmailAddress) async throws -> User? {
        try await translatingErrors {
            try await database.read { connection in
                try connection.row("SELECT \(Self.userColumns) FROM users WHERE email = \(email)") { User(row: $0) }
            }
        }
    }

    package func users(matching query: UserQuery) async throws -> [User] {
        let admins: SQL = query.isAdmin ? "AND is_admin" : ""
        return try await translatingErrors {
            try await database.read { connection in
                let condition: SQL =
                    switch query.search {
                    case .holding(let text): Self.holding(text)
                    case .beginning(let text): Self.beginning(text, query, connection.dialect)
                    case nil: "TRUE"
                    }
                return try connection.rows(
                    """
                    SELECT \(Self.userColumns) FROM users
                     WHERE email > \(query.after) AND \(condition) \(admins)
                     ORDER BY email LIMIT \(query.limit)
                    """
                ) { User(row: $0) }
            }
        }
    }

    private static func holding(_ text: String) -> SQL {
        let pattern = "%" + escaped(text) + "%"
        return """
            (email LIKE \(pattern) ESCAPE '!' OR lower(username) LIKE \(pattern) ESCAPE '!'
                OR lower(id) LIKE \(pattern) ESCAPE '!')
            """
    }

    /// Ranges of two indexes, and a key. As one condition, SQLite would walk through all addresses in their order.
    private static func beginning(_ text: String, _ query: UserQuery, _ dialect: Dialect) -> SQL {
        let low = lowercased(text)
        // The last code point: a text that begins with `low` sorts before it.
        let high = low + "\u{10FFFF}"
        let name = dialect.nameKey
        return """
            id IN (
                SELECT id FROM (
                    SELECT id FROM users WHERE email >= \(low) AND email < \(high) AND email > \(query.after)
                     ORDER BY email LIMIT \(query.limit)) AS by_address
                UNION SELECT id FROM users WHERE \(name) >= \(low) AND \(name) < \(high)
                UNION SELECT id FROM users WHERE id = \(text))
            """
    }

    private static func lowercased(_ text: String) -> String {
        String(decoding: text.utf8.map(\.asciiLowercased), as: UTF8.self)
    }

    /// The text with wildcards escaped.
    private static func escaped(_ text: String) -> String {
        let bytes = lowercased(text).utf8.flatMap { byte in
            "!%_".utf8.contains(byte) ? [UInt8(ascii: "!"), byte] : [byte]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    package func changePassword(
        of id: UserID, from old: String, to new: String, ending: SessionEnding? = nil,
        notifying notice: SecurityNotice? = nil, recording event: AuditEvent
    ) async throws -> Bool {
        try await translatingErrors {
            try await database.write { [audit] connection in
                guard let user = try connection.lock(id, where: "password_hash = \(old) AND is_active") else {
                    return false
                }
                try connection.execute(
                    "UPDATE users SET password_hash = \(new), updated_at = \(event.at) WHERE id = \(id)")
                try connection.forgetPassword(of: id)
                try connection.notify(notice, before: user)
                let ended = try ending.map { try connection.endAccess(of: id, except: $0.kept) }
                try connection.announce(.user(id))
                try connection.record(event, in: audit)
                if let ended, !ended.isEmpty { try connection.record(ending?.event.counting(ended), in: audit) }
                if let beginning = ending?.beginning {
                    try connection.insert(beginning.session, recording: beginning.event, in: audit)
                }
                return true
            }
        }
    }

    package func setPassword(
        of id: UserID, to hash: String, at time: Timestamp, notifying notice: SecurityNotice? = nil,
        recording event: AuditEvent
    ) async throws -> [SessionID]? {
        try await translatingErrors {
            try await database.write { [audit] connection in
                guard let user = try connection.lock(id, where: "TRUE") else { return nil }
                try connection.endRecovery(of: id)
                guard let ended = try connection.setPassword(of: id, to: hash, at: time) else { return nil }
                try connection.notify(notice, before: user)
                try connection.announce(.user(id))
                try connection.record(event.counting(ended), in: audit)
                return ended.sessions
            }
        }
    }

    package func setActive(
        _ id: UserID, _ isActive: Bool, at time: Timestamp, recording event: AuditEvent
    ) async throws -> [SessionID]? {
        try await translatingErrors {
            try await database.write { [audit] connection in
                if !isActive { try connection.keepAdmin(without: id) }
                let changed = try connection.execute(
                    """
                    UPDATE users SET is_active = \(isActive), deletion_requested_at = NULL, updated_at = \(time)
                     WHERE id = \(id) AND (is_active <> \(isActive) OR deletion_requested_at IS NOT NULL)
                    """)
                guard changed > 0 else { return nil }
                let ended = isActive ? EndedAccess(sessions: []) : try connection.endAccess(of: id)
                if !isActive { try connection.forgetPassword(of: id) }
                try connection.announce(.user(id))
                try connection.record(isActive ? event : event.counting(ended), in: audit)
                return ended.sessions
            }
        }
    }

    /// Runs a removal of all that the user has of a kind, by the operator.
    /// - Parameter remove: returns how many were removed; the event records it.
    func removingAll(
        of id: UserID, notifying notice: SecurityNotice?, recording event: AuditEvent,
        _ remove: @escaping @Sendable (any Connection) throws -> Int
    ) async throws -> Int {
        try await translatingErrors {
            try await database.write { [audit] connection in
                guard let user = try connection.lock(id, where: "TRUE") else { return 0 }
                let count = try remove(connection)
                guard count > 0 else { return 0 }
                var event = event
                event.details.append(.init("count", String(count)))
                try connection.notify(notice, before: user)
                try connection.announce(.user(id))
                try connection.record(event, in: audit)
                return count
            }
        }
    }
}

extension Connection {
    /// Sets the password and ends all sessions and API tokens; nil if there is no such user. An account whose address was
    /// never verified, or by someone who had not shown that it is theirs, may have been made, linked to providers and
    /// given passkeys by another person than the one who has it now; likewise recovery codes that need no second factor.
    /// - Parameter notice: that of the change, whose link may ask for what is removed.
    func setPassword(
        of id: UserID, to hash: String, at time: Timestamp, notifying notice: SecurityNotice? = nil
    ) throws -> EndedAccess? {
        let isOwners = try row(
            """
            UPDATE users SET password_hash = \(hash), updated_at = \(time) WHERE id = \(id)
            RETURNING email_verified AND NOT confirmed_elsewhere
            """
        ) { $0.bool(0) }
        guard let isOwners else { return nil }
        let keeps = try keepsFactors(of: id, at: time, notifying: notice)
        if !isOwners {
            try unlinkAccounts(of: id)
            try removePasskeys(of: id, where: "TRUE", at: time, keeping: keeps)
        }
        try forgetPassword(of: id)
        try removeLoneRecoveryCodes(of: id, at: time, keeping: keeps)
        return try endAccess(of: id)
    }
}
