import Basics
import Domain

/// Makes, lists, authenticates and revokes API tokens, independent of HTTP and SQL.
package final class APITokenService: Sendable {
    /// The time for which expired tokens are still listed.
    private static let keptSeconds: Int64 = 30 * 86_400

    private let store: any APITokenStore
    private let live: LiveAPITokens
    private let sessions: SessionService
    private let proof: RecentProof
    private let notices: SecurityNotices
    private let ids: UUIDv7Generator
    private let now: @Sendable () -> Timestamp

    package init(
        store: any APITokenStore, live: LiveAPITokens, sessions: SessionService, proof: RecentProof,
        notices: SecurityNotices, ids: UUIDv7Generator, now: @escaping @Sendable () -> Timestamp
    ) {
        (self.store, self.live, self.sessions, self.proof) = (store, live, sessions, proof)
        (self.notices, self.ids, self.now) = (notices, ids, now)
    }

    // MARK: Administration

    /// Makes a token, in a session that proves the account's owner.
    /// - Throws: `AppError.invalid`, and the errors of `RecentProof.require`.
    /// - Returns: the token, and its text, which is available only here.
    package func create(
        _ draft: APITokenDraft, for user: User, in session: Session, proving credential: ProofCredential?,
        from client: Client
    ) async throws -> (token: APIToken, text: String) {
        let (name, scopes) = try draft.checked()
        guard user.isAdmin || !scopes.contains(.adminRead) else {
            throw AppError.invalid([FieldIssue("scopes", "Only admins can make a token with admin:read.", .wrongValue)])
        }
        try await proof.require(credential, in: session, from: client)
        let (text, time) = (try APITokenText.make(), now())
        let token = APIToken(
            id: APITokenID(rawValue: ids.next(at: time)), userID: user.id, name: name, scopes: scopes, createdAt: time,
            expiresAt: draft.lifetimeDays.map { time.adding(seconds: $0 * 86_400) })
        let notice = try notices.notice(
            of: .newAPIToken, subject: "“\(name.text)” (\(scopes.text))", to: user, from: client)
        try await store.insert(
            token, digest: text.digest(), from: session.id, notifying: notice,
            recording: token.event(.tokenCreated, at: time, by: client.source))
        notices.send(notice)
        return (token, text.text)
    }

    /// All tokens, newest first; expired ones for a month.
    package func tokens(of user: UserID) async throws -> [APIToken] { try await store.tokens(of: user) }

    /// Revokes a token: it is invalid from the next request on.
    /// - Returns: false if the user has no such token.
    package func revoke(_ id: APITokenID, of user: UserID, from client: Client) async throws -> Bool {
        guard let token = try await store.tokens(of: user).first(where: { $0.id == id }) else { return false }
        let isRevoked = try await store.deleteToken(
            id, of: user, recording: token.event(.sessionsRevoked, at: now(), by: client.source))
        sessions.forget(user)
        return isRevoked
    }

    package func isExpired(_ token: APIToken) -> Bool { token.isExpired(at: now()) }

    /// Deletes tokens that expired a month ago; returns their number.
    package func deleteExpired() async throws -> Int {
        try await store.deleteTokens(expiredBefore: now().adding(seconds: -Self.keptSeconds))
    }

    // MARK: Authentication

    /// The bearer of this token.
    /// - Throws: `AppError.invalidAPIToken`.
    package func identity(_ text: String, from client: @Sendable () -> Client) async throws -> Identity {
        let time = now()
        if let known = live.identity(text) {
            if case .apiToken(let token) = known.authentication, token.isExpired(at: time) {
                throw AppError.expiredAPIToken
            }
            return known
        }
        let ticket = live.ticket()
        guard let text = APITokenText(text), let (token, user) = try await store.token(digest: text.digest()),
            user.isActive
        else { throw AppError.unknownAPIToken }
        guard !token.isExpired(at: time) else { throw AppError.expiredAPIToken }
        let identity = Identity(user: user, by: .apiToken(token))
        live.insert(identity, text, ticket: ticket)
        await noteUse(of: token, at: time, from: client())
        return identity
    }

    /// Notes at most once a minute that the token is in use, for its owner. Not worth failing a request.
    private func noteUse(of token: APIToken, at time: Timestamp, from client: Client) async {
        guard token.lastUsedAt.map({ $0.adding(seconds: APIToken.useIntervalSeconds) <= time }) ?? true else { return }
        try? await store.noteUse(of: token.id, at: time, from: client.ipAddress)
    }

    /// False if the token was revoked or has expired.
    func isLive(_ token: APIToken) async throws -> Bool {
        guard !isExpired(token) else { return false }
        return try await store.tokens(of: token.userID).contains { $0.id == token.id }
    }
}

extension APIToken {
    /// An event of the audit trail about this token.
    func event(_ kind: AuditEvent.Kind, at time: Timestamp, by source: AuditEvent.Source) -> AuditEvent {
        AuditEvent(
            kind, at: time, by: source, user: userID,
            [
                .init("purpose", "API token"), .init("token", id.rawValue), .init("name", name.text),
                .init("scopes", scopes.text),
            ])
    }
}
