import Domain

/// Who makes a request. A class, as it goes through a dozen hands with each request, and to copy its two dozen texts
/// for each would cost more than to find it.
package final class Identity: Sendable {
    package let user: User
    /// Nil for a token that another service made.
    package let session: Session?
    /// What the outside service that vouches for the user calls them; paths may name them so too.
    package let outsideSubject: String?

    package init(user: User, session: Session?, outsideSubject: String? = nil) {
        self.user = user
        self.session = session
        self.outsideSubject = outsideSubject
    }
}

/// What signing in or up gives: the user, the session, and the two proofs of it.
package struct SignIn: Sendable {
    package let user: User
    package let session: Session
    /// For API clients: a JWT that lasts as long as the session.
    package let accessToken: String
    /// For browsers: what the session cookie carries. Only its digest is stored, so this is the one time it is seen.
    package let sessionToken: String
}

/// Where somebody signs in from.
package struct Client: Sendable {
    package let ipAddress: String
    package let userAgent: String
    /// What the browser shows of having signed in here before, as it came.
    package let device: String?
    /// The request that they do it with, for the audit trail.
    package let requestID: String?
    /// Its method and path, without secrets.
    package let request: String?

    package init(
        ipAddress: String, userAgent: String, device: String? = nil, requestID: String? = nil, request: String? = nil
    ) {
        self.ipAddress = ipAddress
        self.device = device
        self.userAgent = String(decoding: userAgent.utf8.prefix(512), as: UTF8.self)
        self.requestID = requestID
        self.request = request.map { String(decoding: $0.utf8.prefix(512), as: UTF8.self) }
    }

    var source: AuditEvent.Source {
        AuditEvent.Source(
            actor: .user, ipAddress: ipAddress, userAgent: userAgent, requestID: requestID, request: request)
    }
}

/// Sessions: made, looked up, prolonged, ended. No HTTP and no SQL.
package struct SessionService: Sendable {
    private let store: any AccountStore
    private let tokens: AccessTokens
    private let live: LiveSessions
    private let ids: UUIDv7Generator
    /// Where failed attempts are recorded; nil for tools and tests that keep no trail.
    package let audit: AuditTrail?
    let now: @Sendable () -> Timestamp

    package init(
        store: any AccountStore, tokens: AccessTokens, live: LiveSessions, ids: UUIDv7Generator,
        audit: AuditTrail? = nil, now: @escaping @Sendable () -> Timestamp = { Timestamp.now() }
    ) {
        self.store = store
        self.tokens = tokens
        self.live = live
        self.ids = ids
        self.audit = audit
        self.now = now
    }

    // MARK: Made

    /// A session that is still to be stored.
    func make(for user: User, from client: Client, isRemembered: Bool) throws -> (signIn: SignIn, new: NewSession) {
        let time = now()
        let lifetime = isRemembered ? Session.lifetimeSeconds : Session.unrememberedLifetimeSeconds
        let session = Session(
            id: SessionID(rawValue: ids.next(at: time)), userID: user.id, createdAt: time, updatedAt: time,
            expiresAt: time.adding(seconds: lifetime), ipAddress: client.ipAddress, userAgent: client.userAgent,
            isRemembered: isRemembered)
        let sessionToken = try SessionCookie.makeToken()
        let accessToken = try tokens.sign(
            AccessClaims(
                userID: user.id, email: user.email.text, issuedAt: time.seconds,
                expiresAt: time.seconds + Session.lifetimeSeconds, sessionID: session.id))
        let signIn = SignIn(user: user, session: session, accessToken: accessToken, sessionToken: sessionToken)
        return (signIn, NewSession(session: session, tokenDigest: try SessionCookie.digest(sessionToken)))
    }

    /// - Parameters:
    ///   - passwordHash: what the user was just proved by.
    ///   - details: what the audit trail is to know about the sign-in.
    /// - Throws: `AppError.badCredentials` where the password has changed since, or the user was deactivated.
    package func start(
        for user: User, provedBy passwordHash: String, from client: Client, isRemembered: Bool = true,
        _ details: [AuditEvent.Detail] = []
    ) async throws -> SignIn {
        let (signIn, new) = try make(for: user, from: client, isRemembered: isRemembered)
        let event = AuditEvent(
            .signedIn, at: signIn.session.createdAt, by: client.source, user: user.id, session: signIn.session.id,
            details)
        try await store.insert(new, provedBy: passwordHash, recording: event)
        return signIn
    }

    // MARK: Looked up

    /// Who bears this access token, if it was found good before; nil says nothing about it.
    /// - Throws: `AppError.unauthenticated` where its session is over.
    func identity(knownAccessToken token: String) async throws -> Identity? {
        guard let claims = tokens.known(token, at: now()) else { return nil }
        return try await identity(userID: claims.userID, sessionID: claims.sessionID)
    }

    /// Who bears this access token.
    /// - Throws: `AppError.unauthenticated`, with the sentence that the seed documents give.
    package func identity(accessToken: String) async throws -> Identity {
        let claims = try tokens.verify(accessToken, at: now())
        return try await identity(userID: claims.userID, sessionID: claims.sessionID)
    }

    /// The user that a verified token of ours or of a partner names. With a session, it must be alive and the user's.
    func identity(userID: UserID, sessionID: SessionID?) async throws -> Identity {
        guard let sessionID else {
            guard let user = try await store.user(userID) else { throw AppError.invalidToken }
            return Identity(user: try Self.active(user), session: nil)
        }
        guard let live = try await liveSession(sessionID, at: now()), live.user.id == userID else {
            throw AppError.invalidToken
        }
        _ = try Self.active(live.user)
        return live.identity
    }

    static func active(_ user: User) throws -> User {
        guard user.isActive else { throw AppError.unauthenticated("Account is inactive") }
        return user
    }

    /// Whose session this cookie token opens; nil where there is none, or none any more.
    package func identity(sessionToken: String) async throws -> Identity? {
        let time = now()
        let digest = try SessionCookie.digest(sessionToken)
        if let known = live.session(tokenDigest: digest) {
            guard known.session.expiresAt > time, known.user.isActive else { return nil }
            return known.identity
        }
        let ticket = live.ticket()
        guard let found = try await store.session(tokenDigest: digest, at: time) else { return nil }
        let session = LiveSession(session: found.session, user: found.user)
        live.insert(session, tokenDigest: digest, ticket: ticket)
        return session.user.isActive ? session.identity : nil
    }

    private func liveSession(_ id: SessionID, at time: Timestamp) async throws -> LiveSession? {
        if let known = live.session(id) { return known.session.expiresAt > time ? known : nil }
        let ticket = live.ticket()
        guard let found = try await store.session(id, at: time) else { return nil }
        let session = LiveSession(session: found.session, user: found.user)
        live.insert(session, tokenDigest: nil, ticket: ticket)
        return session
    }

    /// All that have not expired, oldest first.
    package func sessions(of user: UserID) async throws -> [Session] {
        try await store.sessions(of: user, at: now())
    }

    /// Whether one of the account's sessions of the last 30 days that are still there began in this network.
    package func hasSession(_ email: EmailAddress, in network: IPNetwork) async throws -> Bool {
        try await store.sessionAddresses(of: email, since: now().adding(seconds: -30 * 86_400))
            .contains { IPAddress($0).map(network.contains) ?? false }
    }

    package func isFresh(_ session: Session) -> Bool { session.isFresh(at: now()) }

    // MARK: Prolonged

    /// Prolongs a session that is due for it; nil where nothing had to be done.
    package func renewIfDue(_ session: Session) async throws -> Session? {
        let time = now()
        guard session.isDueForRenewal(at: time) else { return nil }
        var renewed = session
        renewed.expiresAt = time.adding(seconds: Session.lifetimeSeconds)
        renewed.updatedAt = time
        try await store.renew(session.id, until: renewed.expiresAt, at: time)
        live.remove(session.id)
        return renewed
    }

    // MARK: Ended

    /// Why sessions end.
    package enum Ending: Sendable {
        case signOut
        case revocation
        /// Their browser signed in again.
        case replacement
        case passwordChange
    }

    private func event(
        _ ending: Ending, of user: UserID, session: SessionID? = nil, from client: Client
    ) -> AuditEvent {
        let details: [AuditEvent.Detail] =
            switch ending {
            case .signOut, .revocation: []
            case .replacement: [.init("reason", "signed in again")]
            case .passwordChange: [.init("reason", "password changed")]
            }
        return AuditEvent(
            ending == .signOut ? .signedOut : .sessionsRevoked, at: now(), by: client.source, user: user,
            session: session, details)
    }

    /// Ends the session: its cookie and its tokens are worth nothing from the next request on.
    package func end(_ id: SessionID, of user: UserID, by ending: Ending, from client: Client) async throws {
        let event = self.event(ending, of: user, session: id, from: client)
        _ = try await store.deleteSession(id, of: user, recording: event)
        live.remove(id)
    }

    /// Ends the user's sessions but one, or all.
    package func endAll(
        of user: UserID, except kept: SessionID? = nil, by ending: Ending = .revocation, from client: Client
    ) async throws {
        let event = self.event(ending, of: user, from: client)
        for id in try await store.deleteSessions(of: user, except: kept, recording: event) { live.remove(id) }
    }

    /// To be called when somebody who is signed in is refused what is not theirs.
    package func accessRefused(to identity: Identity, from client: Client) async {
        await audit?.accessRefused(to: identity.user.id, from: client)
    }

    /// What is known of the user has changed.
    func forget(_ user: UserID) { live.removeAll(of: user) }

    /// Somebody else has changed the database.
    package func forget(_ change: Change) {
        switch change {
        case .session(let id): live.remove(id)
        case .user(let id): live.removeAll(of: id)
        case .anything: live.removeAll()
        case .signingKeys: break
        }
    }

    /// Clears away what has expired; the number of sessions that went.
    package func deleteExpired() async throws -> Int { try await store.deleteExpiredSessions(at: now()) }
}
