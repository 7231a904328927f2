import Basics
import Crypto
import Domain

/// Administration of users' accounts by the server's operator, or by an admin. Each step is recorded in the same
/// transaction as its change; another process that serves sees it in the database.
package struct AccountAdministration: Sendable {
    /// The lifetime of a reset link from the operator.
    package static let resetLinkLifetimeSeconds: Int64 = 86_400

    package typealias Store = AccountStore & AccountLinkStore & APITokenStore & SecondFactorStore & PasskeyStore
        & AdminStore & RecoveryCodeStore & ProviderStore

    let store: any Store
    let sessions: SessionService
    private let hasher: PasswordHasher
    private let passwordRule: PasswordRule
    private let notices: SecurityNotices
    private let ids: UUIDv7Generator
    let source: AuditEvent.Source
    let now: @Sendable () -> Timestamp

    /// - Parameter source: the operator, or the admin.
    package init(
        store: any Store, sessions: SessionService, hasher: PasswordHasher, passwordRule: PasswordRule,
        notices: SecurityNotices, ids: UUIDv7Generator, source: AuditEvent.Source,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.store = store
        self.sessions = sessions
        self.hasher = hasher
        self.passwordRule = passwordRule
        self.notices = notices
        self.ids = ids
        self.source = source
        self.now = now
    }

    package func users(matching query: UserQuery) async throws -> [User] { try await store.users(matching: query) }

    /// The user with this id or address.
    package func user(_ name: String) async throws -> User? {
        if let user = try await user(id: name) { return user }
        guard let email = EmailAddress(name) else { return nil }
        return try await store.user(email)
    }

    package func user(id text: String) async throws -> User? {
        guard UserID(untrusted: text) != nil else { return nil }
        return try await store.user(inAnySpelling: UserID(rawValue: text))
    }

    package func overview(of user: User) async throws -> AccountOverview {
        AccountOverview(
            hasPassword: try await store.hasPassword(user.id),
            sessions: try await store.sessions(of: user.id, at: now()),
            apiTokens: try await apiTokens(of: user), passkeys: try await store.passkeys(of: user.id),
            linkedAccounts: try await store.linkedAccounts(of: user.id),
            recoveryCodesLeft: try await store.recoveryCodesLeft(of: user.id))
    }

    /// Newest first.
    package func apiTokens(of user: User) async throws -> [APIToken] { try await store.tokens(of: user.id) }

    /// False if the user has no such token.
    package func revoke(_ token: APIToken) async throws -> Bool {
        defer { sessions.forget(token.userID) }
        return try await store.deleteToken(
            token.id, of: token.userID, recording: token.event(.sessionsRevoked, at: now(), by: source))
    }

    /// Returns the number of tokens revoked.
    package func revokeAllAPITokens(of user: User) async throws -> Int {
        defer { sessions.forget(user.id) }
        return try await store.deleteTokens(
            of: user.id, recording: AuditEvent(.sessionsRevoked, at: now(), by: source, user: user.id))
    }

    /// Removes the user's second factor, and notifies the user by e-mail; false if there is none.
    package func removeSecondFactor(of user: User) async throws -> Bool {
        let notice = try notices.notice(of: .secondFactorOff, to: user, from: nil)
        let isRemoved = try await store.removeSecondFactor(
            of: user.id, using: nil, notifying: notice,
            recording: AuditEvent(.secondFactorRemoved, at: now(), by: source, user: user.id))
        sessions.forget(user.id)
        if isRemoved { notices.send(notice) }
        return isRemoved
    }

    /// Stops a new password that waits for two recovery codes; false if none does.
    package func stopReset(of user: User) async throws -> Bool {
        defer { sessions.forget(user.id) }
        return try await store.stopReset(
            of: user.id, recording: AuditEvent(.resetStopped, at: now(), by: source, user: user.id))
    }

    /// Removes all of the user's passkeys, and notifies the user by e-mail; returns their number.
    package func removePasskeys(of user: User) async throws -> Int {
        try await telling(user, of: .passkeyRemoved) { notice in
            try await store.removePasskeys(
                of: user.id, notifying: notice,
                recording: AuditEvent(.passkeyRemoved, at: now(), by: source, user: user.id))
        }
    }

    /// Unlinks all accounts at providers, and notifies the user by e-mail; returns their number.
    package func unlinkProviders(of user: User) async throws -> Int {
        try await telling(user, of: .providerUnlinked) { notice in
            try await store.unlinkAccounts(
                of: user.id, notifying: notice,
                recording: AuditEvent(.providerUnlinked, at: now(), by: source, user: user.id))
        }
    }

    /// Runs a removal, and notifies the user by e-mail unless there was nothing to remove.
    private func telling(
        _ user: User, of act: SecurityAct, _ remove: (SecurityNotice?) async throws -> Int
    ) async throws -> Int {
        let notice = try notices.notice(of: act, to: user, from: nil)
        let count = try await remove(notice)
        if count > 0 { notices.send(notice) }
        return count
    }

    /// Ends all of the user's sessions; returns their number.
    package func endSessions(of user: User) async throws -> Int {
        defer { sessions.forget(user.id) }
        let event = AuditEvent(.sessionsRevoked, at: now(), by: source, user: user.id)
        return try await store.deleteSessions(of: user.id, except: nil, recording: event).count
    }

    /// - Throws: `AppError.invalid` with an issue for each rule that is broken, `AppError.emailTaken`.
    package func create(
        email: String, username: String?, password: String, isAdmin: Bool = false
    ) async throws -> User {
        var issues = FieldIssues()
        let address = EmailAddress(email)
        if address == nil {
            issues.add(FieldIssue("email", "Give an e-mail address, such as name@example.com.", .wrongValue))
        }
        let name = try issues.check { try Username.checked(username) }
        let new = try issues.check { try NewPassword(password, by: passwordRule, email: address) }
        try issues.finish()
        guard let address, let name, let new else { throw AppError.invalid(issues.all) }
        let hash = try await hasher.hash(new)
        let time = now()
        var user = User(
            id: UserID(rawValue: ids.next(at: time)), email: address, username: name, isActive: true, createdAt: time,
            updatedAt: time)
        let event = AuditEvent(.userCreated, at: time, by: source, user: user.id)
        if isAdmin {
            user.isAdmin = true
            try await store.insertAdmin(
                user, passwordHash: hash, recording: [event, roleEvent(of: user, isAdmin: true, at: time)])
        } else {
            try await store.insert(user, passwordHash: hash, recording: event)
        }
        return user
    }

    /// Reactivates or deactivates the user; deactivation ends all sessions and API tokens. Either cancels a deletion
    /// that the user asked for, which would let the user return.
    /// - Throws: `AppError.lastAdmin`.
    /// - Returns: the number of sessions ended; nil if the user already had this state.
    package func setActive(_ user: User, _ isActive: Bool) async throws -> Int? {
        let time = now()
        let isPending = user.deletionRequestedAt != nil
        let event = AuditEvent(
            isActive ? isPending ? .deletionCancelled : .userActivated : .userDeactivated, at: time, by: source,
            user: user.id, !isActive && isPending ? [.init("reason", "requested deletion cancelled")] : [])
        defer { sessions.forget(user.id) }
        return try await store.setActive(user.id, isActive, at: time, recording: event)?.count
    }

    /// Marks the user's address as verified by its owner.
    /// - Returns: false if it was already.
    package func verify(_ user: User) async throws -> Bool {
        let event = AuditEvent(.emailVerified, at: now(), by: source, user: user.id)
        defer { sessions.forget(user.id) }
        return try await store.verify(user.email, of: user.id, elsewhere: false, at: event.at, recording: event)
    }

    /// Sets a password, notifies the user by e-mail, and ends all sessions and API tokens.
    /// - Throws: `AppError.invalid`.
    /// - Returns: the number of sessions ended; nil if the user no longer exists.
    package func setPassword(of user: User, to password: String) async throws -> Int? {
        let hash = try await hasher.hash(try NewPassword(password, by: passwordRule, email: user.email))
        let time = now()
        let event = AuditEvent(.passwordChanged, at: time, by: source, user: user.id)
        let notice = try notices.notice(of: .operatorPassword, to: user, from: nil)
        let ended = try await store.setPassword(
            of: user.id, to: hash, at: time, notifying: notice, recording: event)
        sessions.forget(user.id)
        notices.send(notice)
        return ended?.count
    }

    /// Creates a reset link's token, valid once and for `resetLinkLifetimeSeconds`; any earlier link of the user
    /// becomes void.
    package func makeResetToken(for user: User) async throws -> (token: String, expiresAt: Timestamp) {
        let (token, time) = (try RandomToken.make(), now())
        let link = ResetLink(
            userID: user.id, tokenDigest: try RandomToken.digest(token), createdAt: time,
            expiresAt: time.adding(seconds: Self.resetLinkLifetimeSeconds))
        let event = AuditEvent(.tokenCreated, at: time, by: source, user: user.id, [.init("purpose", "reset link")])
        try await store.insert(link, recording: event)
        return (token, link.expiresAt)
    }

    /// A valid, unguessable password (119 bits).
    package static func generatePassword() throws -> String { try SecureRandom.alphanumerics(20) }

    /// Deletes the account with everything in it; false if it no longer exists.
    /// - Throws: `AppError.lastAdmin`.
    package func delete(_ user: User) async throws -> Bool {
        defer { sessions.forget(user.id) }
        return try await store.deleteUser(
            user.id, recording: AuditEvent(.userDeleted, at: now(), by: source, user: user.id))
    }
}
