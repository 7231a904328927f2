import Basics
import Domain

/// Accounts at sign-in providers.
extension SQLAccountStore: ProviderStore {
    private static let linkedColumns = SQLColumns(
        "id, user_id, provider, issuer, subject, address, linked_at, last_used_at")

    package func user(_ identity: ProviderIdentity) async throws -> User? {
        try await translatingErrors {
            try await database.read { connection in
                try connection.row(
                    """
                    SELECT \(Self.userColumns) FROM linked_accounts JOIN users ON users.id = linked_accounts.user_id
                     WHERE linked_accounts.issuer = \(identity.issuer) AND linked_accounts.subject = \(identity.subject)
                    """
                ) { User(row: $0) }
            }
        }
    }

    package func linkedAccounts(of user: UserID) async throws -> [LinkedAccount] {
        try await translatingErrors {
            try await database.read { connection in
                try connection.rows(
                    "SELECT \(Self.linkedColumns) FROM linked_accounts WHERE user_id = \(user) ORDER BY linked_at, id",
                    LinkedAccount.init(row:))
            }
        }
    }

    package func hasPassword(_ user: UserID) async throws -> Bool { try await passwordHash(of: user) != nil }

    package func insert(
        _ user: User, linkedTo account: LinkedAccount, session: NewSession, using invitation: InvitationUse?,
        recording event: AuditEvent
    ) async throws {
        try await settingEmail { [audit] connection in
            let isUsed = try connection.require(invitation, for: user.email)
            guard try connection.insert(user, passwordHash: nil, at: user.createdAt) else { throw AppError.emailTaken }
            // Another answer of the provider may have made the account at the same moment.
            guard try connection.insert(account) else { throw AppError.badCredentials }
            try connection.noteUse(of: account.identity, at: user.createdAt)
            try connection.insert(session, recording: event, in: audit)
            if isUsed { try connection.record(invitation?.event, in: audit) }
        }
    }

    package func link(
        _ account: LinkedAccount, where condition: LinkCondition, notifying notice: SecurityNotice?,
        recording event: AuditEvent
    ) async throws -> LinkOutcome {
        try await translatingErrors {
            try await database.write { [audit] connection in
                let id = account.userID
                guard let user = try connection.lock(id, where: "is_active AND \(Self.holds(condition))"),
                    try connection.hasSession(of: condition, user: id)
                else { return .refused }
                guard try connection.insert(account) else {
                    let owner = try connection.owner(of: account.identity)
                    return owner.map(LinkOutcome.taken) ?? .refused
                }
                if case .owner(_, let proved?) = condition {
                    try connection.execute(
                        """
                        UPDATE users
                           SET email_verified = \(true), confirmed_elsewhere = \(false), updated_at = \(event.at)
                         WHERE id = \(id) AND email = \(proved) AND (NOT email_verified OR confirmed_elsewhere)
                        """)
                }
                try connection.notify(notice, before: user)
                try connection.announce(.user(id))
                try connection.record(event, in: audit)
                return .linked
            }
        }
    }

    /// The condition on a row of `users`.
    private static func holds(_ condition: LinkCondition) -> SQL {
        switch condition {
        case .sameAddress(let email):
            "email = \(email) AND email_verified AND NOT confirmed_elsewhere AND NOT has_second_factor"
        case .owner(_, let proved): "(email_verified OR email = \(proved?.text ?? ""))"
        }
    }

    package func unlink(
        _ id: LinkedAccountID, of user: UserID, among ways: WaysIn, notifying notice: SecurityNotice?,
        recording event: AuditEvent
    ) async throws -> WayInRemoval {
        try await translatingErrors {
            try await database.write { [audit] connection in
                guard let locked = try connection.lock(user, where: "is_active") else { return .gone }
                let isLinked = try connection.row(
                    "SELECT 1 FROM linked_accounts WHERE id = \(id) AND user_id = \(user)"
                ) { _ in true }
                guard isLinked != nil else { return .gone }
                guard try connection.canSignIn(locked, by: ways, withoutAccount: id) else { return .lastWayIn }
                try connection.execute("DELETE FROM linked_accounts WHERE id = \(id)")
                // One may have begun with this account.
                try connection.execute("DELETE FROM sign_in_challenges WHERE user_id = \(user)")
                try connection.notify(notice, before: locked)
                try connection.announce(.user(user))
                try connection.record(event, in: audit)
                return .removed
            }
        }
    }

    package func unlinkAccounts(
        of user: UserID, notifying notice: SecurityNotice?, recording event: AuditEvent
    ) async throws -> Int {
        try await removingAll(of: user, notifying: notice, recording: event) { connection in
            let count = try connection.unlinkAccounts(of: user)
            // One may have begun with such an account.
            if count > 0 { try connection.execute("DELETE FROM sign_in_challenges WHERE user_id = \(user)") }
            return count
        }
    }
}

extension Connection {
    /// False if the identity is linked already.
    func insert(_ account: LinkedAccount) throws -> Bool {
        try execute(
            """
            INSERT INTO linked_accounts (id, user_id, provider, issuer, subject, address, linked_at, last_used_at)
            VALUES (\(account.id), \(account.userID), \(account.provider), \(account.identity.issuer),
                \(account.identity.subject), \(account.email), \(account.linkedAt), \(account.lastUsedAt))
            ON CONFLICT (issuer, subject) DO NOTHING
            """) > 0
    }

    func owner(of identity: ProviderIdentity) throws -> UserID? {
        try row(
            """
            SELECT user_id FROM linked_accounts WHERE issuer = \(identity.issuer) AND subject = \(identity.subject)
            """
        ) { UserID(rawValue: $0.text(0)) }
    }

    fileprivate func hasSession(of condition: LinkCondition, user: UserID) throws -> Bool {
        guard case .owner(let session, _) = condition else { return true }
        return try hasSession(session, of: user)
    }

    func noteUse(of identity: ProviderIdentity, at time: Timestamp) throws {
        try execute(
            """
            UPDATE linked_accounts SET last_used_at = \(time)
             WHERE issuer = \(identity.issuer) AND subject = \(identity.subject)
            """)
    }

    /// Unlinks accounts at providers that may not be the owner's: those that were linked lately, or all.
    @discardableResult
    func unlinkAccounts(
        of user: UserID, linkedSince start: Timestamp = Timestamp(milliseconds: 0)
    ) throws -> Int {
        try execute("DELETE FROM linked_accounts WHERE user_id = \(user) AND linked_at >= \(start)")
    }
}

extension LinkedAccount {
    fileprivate init(row: any Row) {
        self.init(
            id: LinkedAccountID(rawValue: row.text(0)), userID: UserID(rawValue: row.text(1)), provider: row.text(2),
            identity: ProviderIdentity(issuer: row.text(3), subject: row.text(4)),
            email: row.optionalText(5).map { EmailAddress(stored: $0) },
            linkedAt: Timestamp(milliseconds: row.integer(6)),
            lastUsedAt: row.optionalInteger(7).map(Timestamp.init(milliseconds:)))
    }
}
