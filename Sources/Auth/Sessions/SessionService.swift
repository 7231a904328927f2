import Basics
import Crypto
import Domain

/// Creates, looks up, renews and ends sessions, independent of HTTP and SQL.
package final class SessionService: Sendable {
    private let store: any AccountStore
    private let tokens: AccessTokens
    private let live: LiveSessions
    private let ids: UUIDv7Generator
    package let lifetimes: SessionLifetimes
    /// True if services that share the secret ask for the second factor themselves.
    private let trustsSharedSecret: Bool
    private let audit: AuditTrail
    private let now: @Sendable () -> Timestamp

    package init(
        store: any AccountStore, tokens: AccessTokens, live: LiveSessions, ids: UUIDv7Generator,
        lifetimes: SessionLifetimes = SessionLifetimes(), trustsSharedSecret: Bool = false, audit: AuditTrail,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.store = store
        self.tokens = tokens
        self.live = live
        self.ids = ids
        self.lifetimes = lifetimes
        self.trustsSharedSecret = trustsSharedSecret
        self.audit = audit
        self.now = now
    }

    // MARK: Creation

    /// Creates a session that is still to be stored.
    func make(
        for user: User, from client: Client, _ options: SignInOptions,
        device: (cookie: String, device: NewDevice)? = nil
    ) throws -> (signIn: SignIn, new: NewSession) {
        let time = now()
        let session = Session(
            id: SessionID(rawValue: ids.next(at: time)), userID: user.id, createdAt: time, updatedAt: time,
            expiresAt: lifetimes.expiry(ofOneFrom: time, isRemembered: options.isRemembered),
            provedAt: options.provedAt, ipAddress: client.ipAddress, userAgent: client.userAgent,
            isRemembered: options.isRemembered)
        let sessionToken = try RandomToken.make()
        let accessToken = try tokens.sign(
            AccessClaims(
                userID: user.id, email: user.email.text, issuedAt: time.seconds,
                expiresAt: session.expiresAt.seconds, sessionID: session.id))
        var new = NewSession(session: session, tokenDigest: try RandomToken.digest(sessionToken))
        new.device = device?.device
        new.replaced = options.replaced.map {
            ReplacedSession(
                id: $0.id, userID: $0.userID,
                event: event(.replacement, of: $0.userID, session: $0.id, from: client))
        }
        let signIn = SignIn(
            user: user, session: session, accessToken: accessToken, sessionToken: sessionToken,
            deviceCookie: device?.cookie)
        return (signIn, new)
    }

    /// - Parameters:
    ///   - credential: the credential that was just checked.
    ///   - device: the cookie that the browser is to keep, and the device to store for it.
    ///   - notice: an e-mail to the user, stored with the session.
    /// - Throws: `AppError.badCredentials` if the credential no longer holds, or the user was deactivated.
    package func start(
        for user: User, by credential: SignInCredential, from client: Client,
        _ options: SignInOptions = SignInOptions(), device: (cookie: String, device: NewDevice)? = nil,
        notifying notice: SecurityNotice? = nil
    ) async throws -> SignIn {
        let (signIn, new) = try make(for: user, from: client, options, device: device)
        var event = AuditEvent(
            .signedIn, at: signIn.session.createdAt, by: client.source, user: user.id, session: signIn.session.id)
        switch credential {
        case .secondFactor(_, let use): event.details.append(.init("second_factor", use.method.rawValue))
        case .passkey, .usedPasskey: event.details.append(.init("credential", "passkey"))
        case .provider, .providerOnTrustedDevice: event.details.append(.init("credential", "provider"))
        case .password, .passwordOnTrustedDevice: break
        }
        try await store.insert(new, by: credential, notifying: notice, recording: event)
        forgetReplaced(new)
        return signIn
    }

    /// The effect of a password change on the user's sessions, and the resulting sign-in.
    func end(
        _ reset: SessionReset, of user: User, in session: Session, from client: Client
    ) throws -> (ending: SessionEnding?, signIn: SignIn?) {
        let ending = event(.passwordChange, of: user.id, from: client)
        switch reset {
        case .none: return (nil, nil)
        case .others: return (SessionEnding(kept: session.id, event: ending), nil)
        case .all(let isRemembered):
            let (signIn, new) = try make(for: user, from: client, SignInOptions(isRemembered: isRemembered))
            let signingIn = AuditEvent(
                .signedIn, at: signIn.session.createdAt, by: client.source, user: user.id,
                session: signIn.session.id, [.init("reason", "password changed")])
            return (SessionEnding(event: ending, beginning: (new, signingIn)), signIn)
        }
    }

    /// To be called once a new session is stored.
    func forgetReplaced(_ new: NewSession) {
        if let replaced = new.replaced { live.remove(replaced.id) }
    }

    // MARK: Lookup

    /// The bearer of this access token, if it was verified before; nil says nothing about it.
    /// - Throws: `AppError.unauthenticated` if its session has ended.
    func identity(knownAccessToken token: String) async throws -> Identity? {
        guard let claims = tokens.known(token, at: now()) else { return nil }
        return try await identity(userID: claims.userID, sessionID: claims.sessionID)
    }

    /// The bearer of this access token.
    /// - Throws: `AppError.unauthenticated`, with the sentence that the seed documents give.
    package func identity(accessToken: String) async throws -> Identity {
        let claims = try tokens.verify(accessToken, at: now())
        return try await identity(userID: claims.userID, sessionID: claims.sessionID)
    }

    /// A token that may be one of our access tokens.
    package enum AccessTokenReading: Sendable {
        /// Another token, or one that names no session.
        case foreign
        /// Its session has ended.
        case ended
        /// It has expired.
        case expired
        case live(Identity)
    }

    /// Reads a token as a reference to the session it names, and no more.
    package func read(accessToken: String) async throws -> AccessTokenReading {
        let claims: AccessClaims
        do {
            claims = try tokens.verify(accessToken, at: now())
        } catch let error as AppError {
            return error == .expiredToken ? .expired : .foreign
        }
        guard claims.sessionID != nil else { return .foreign }
        do {
            return .live(try await identity(userID: claims.userID, sessionID: claims.sessionID))
        } catch AppError.unauthenticated {
            return .ended
        }
    }

    /// The user named by a verified token of ours or of a partner. If it names a session, that must be live and belong
    /// to the user.
    func identity(userID: UserID, sessionID: SessionID?) async throws -> Identity {
        guard let sessionID else {
            // A service that shares the secret may write a UUID in upper case.
            guard let user = try await store.user(inAnySpelling: userID) else { throw AppError.invalidToken }
            guard !user.hasSecondFactor || trustsSharedSecret else { throw AppError.secondFactorUnproved }
            return Identity(user: try Self.active(user), by: .sharedSecret)
        }
        guard let live = try await liveSession(sessionID, at: now()), live.user.id.isSame(as: userID) else {
            throw AppError.invalidToken
        }
        _ = try Self.active(live.user)
        return live.identity
    }

    /// True while the user is active, and has a second factor just as before.
    func isUnchanged(_ user: User) async throws -> Bool {
        let current = try await store.user(user.id)
        return current.map { $0.isActive && $0.hasSecondFactor == user.hasSecondFactor } ?? false
    }

    static func active(_ user: User) throws -> User {
        guard user.isActive else { throw AppError.unauthenticated("Account is inactive") }
        return user
    }

    /// The bearer of this session token; nil if there is no such session, or it has ended.
    package func identity(sessionToken: String) async throws -> Identity? {
        guard RandomToken.isPossible(sessionToken) else { return nil }
        let time = now()
        let digest = try RandomToken.digest(sessionToken)
        if let known = live.session(tokenDigest: digest) {
            guard known.session.expiresAt > time, known.user.isActive else { return nil }
            return known.identity
        }
        let session = try await remembering(digest, at: time) { try await store.session(tokenDigest: digest, at: time) }
        guard let session, session.user.isActive else { return nil }
        return session.identity
    }

    private func liveSession(_ id: SessionID, at time: Timestamp) async throws -> LiveSession? {
        if let known = live.session(id) { return known.session.expiresAt > time ? known : nil }
        return try await remembering(nil, at: time) { try await store.session(id, at: time) }
    }

    /// A session read from the database, cached while it is live.
    private func remembering(
        _ tokenDigest: String?, at time: Timestamp,
        _ find: () async throws -> (session: Session, user: User)?
    ) async throws -> LiveSession? {
        let ticket = live.ticket()
        guard let found = try await find() else { return nil }
        let session = LiveSession(session: lifetimes.limit(found.session), user: found.user)
        guard session.session.expiresAt > time else { return nil }
        live.insert(session, tokenDigest: tokenDigest, ticket: ticket)
        await noteUse(of: found.session, at: time)
        return session
    }

    /// Notes at most once an hour that the session is in use, for its owner. Not worth failing a request.
    private func noteUse(of session: Session, at time: Timestamp) async {
        guard session.seenAt.adding(seconds: 3600) <= time else { return }
        try? await store.see(session.id, at: time)
    }

    /// All unexpired sessions, oldest first.
    package func sessions(of user: UserID) async throws -> [Session] {
        let time = now()
        return try await store.sessions(of: user, at: time).map(lifetimes.limit).filter { $0.expiresAt > time }
    }

    /// True if one of the account's existing sessions of the last 30 days began in this network.
    package func hasSession(_ email: EmailAddress, in network: IPNetwork) async throws -> Bool {
        try await store.sessionAddresses(of: email, since: now().adding(seconds: -30 * 86_400))
            .contains { IPAddress($0).map(network.contains) ?? false }
    }

    package func isFresh(_ session: Session) -> Bool { session.isFresh(at: now()) }

    /// The Max-Age of the session's cookie, in seconds.
    package func cookieSeconds(of session: Session) -> Int64 { lifetimes.cookieSeconds(of: session, at: now()) }

    // MARK: Renewal

    /// Renews a session if a renewal is due; nil otherwise.
    package func renewIfDue(_ session: Session) async throws -> Session? {
        let time = now()
        guard let expiry = lifetimes.renewal(of: session, at: time) else { return nil }
        var renewed = session
        renewed.expiresAt = expiry
        renewed.updatedAt = time
        do {
            try await store.renew(session.id, until: expiry, at: time)
        } catch AppError.storageUnavailable {
            // Not worth failing the request: a later one renews the session.
            return nil
        }
        live.remove(session.id)
        return renewed
    }

    // MARK: Ending

    /// The reason why a session ends.
    package enum Ending: Sendable {
        case signOut
        case revocation
        /// The same browser signed in again.
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

    /// Ends the session: its cookie and its tokens are invalid from the next request on.
    /// - Returns: false if the user has no such session.
    @discardableResult
    package func end(_ id: SessionID, of user: UserID, by ending: Ending, from client: Client) async throws -> Bool {
        let event = self.event(ending, of: user, session: id, from: client)
        let hasEnded = try await store.deleteSession(id, of: user, recording: event)
        live.remove(id)
        return hasEnded
    }

    /// Ends all of the user's sessions, or all but one.
    package func endAll(
        of user: UserID, except kept: SessionID? = nil, from client: Client
    ) async throws {
        let event = self.event(.revocation, of: user, from: client)
        for id in try await store.deleteSessions(of: user, except: kept, recording: event) { live.remove(id) }
    }

    /// To be called when a signed-in user is refused something that belongs to another.
    package func accessRefused(to identity: Identity, from client: Client) async {
        await audit.accessRefused(to: identity.user.id, from: client)
    }

    /// To be called when a bearer token is refused; one that is merely expired is not recorded.
    package func tokenRefused(_ token: String, from client: Client) async {
        switch try? await read(accessToken: token) {
        case .ended: await audit.tokenRefused(wasGoodOnce: true, from: client)
        case .expired: break
        default: await audit.tokenRefused(wasGoodOnce: false, from: client)
        }
    }

    /// Drops everything cached about the user.
    func forget(_ user: UserID) { live.removeAll(of: user) }

    /// Handles a change to the database made elsewhere.
    package func forget(_ change: Change) {
        switch change {
        case .session(let id): live.remove(id)
        case .user(let id): live.removeAll(of: id)
        case .anything: live.removeAll()
        case .signingKeys, .tasks: break
        }
    }

    /// Deletes expired sessions; returns their number.
    package func deleteExpired() async throws -> Int {
        let time = now()
        return try await store.deleteExpiredSessions(
            at: time, limitedBefore: time.adding(seconds: -lifetimes.maximumSeconds))
    }
}
