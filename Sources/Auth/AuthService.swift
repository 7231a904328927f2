import Domain

/// Who makes a request.
package struct Identity: Sendable {
    package let user: User
    /// Nil for a token that another service made with the shared secret.
    package let session: Session?
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

    package init(ipAddress: String, userAgent: String) {
        self.ipAddress = ipAddress
        self.userAgent = String(decoding: userAgent.utf8.prefix(512), as: UTF8.self)
    }
}

/// Accounts, passwords, sessions and tokens: the rules, and no HTTP or SQL.
package struct AuthService: Sendable {
    private let store: any AccountStore
    private let hasher: PasswordHasher
    private let tokens: AccessTokens
    private let live: LiveSessions
    private let ids: UUIDv7Generator
    private let now: @Sendable () -> Timestamp

    package init(
        store: any AccountStore, hasher: PasswordHasher, tokens: AccessTokens, live: LiveSessions,
        ids: UUIDv7Generator, now: @escaping @Sendable () -> Timestamp = { Timestamp.now() }
    ) {
        self.store = store
        self.hasher = hasher
        self.tokens = tokens
        self.live = live
        self.ids = ids
        self.now = now
    }

    // MARK: Getting in

    /// Makes an account and signs it in.
    /// - Throws: `AppError.invalid` with an issue for each field that breaks a rule; `AppError.emailTaken`.
    package func signUp(email: String, password: String, username: String?, from client: Client) async throws -> SignIn
    {
        let (email, password, username) = try Self.check(email: email, password: password, username: username)
        let passwordHash = try await hasher.hash(password)
        let time = now()
        let user = User(
            id: UserID(rawValue: ids.next(at: time)), email: email, username: username, isActive: true,
            createdAt: time, updatedAt: time)
        let (signIn, new) = try makeSession(for: user, from: client, at: time)
        try await store.insert(user, passwordHash: passwordHash, session: new)
        return signIn
    }

    /// - Throws: `AppError.badCredentials` for an unknown address and for a wrong password alike, after the same
    ///   work; `AppError.inactiveAccount`, only to someone who knows the password.
    package func signIn(email: String, password: String, from client: Client) async throws -> SignIn {
        let known = try await EmailAddress(email).asyncFlatMap { try await store.credentials(for: $0) }
        let isRight = try await hasher.verify(password, against: known?.passwordHash)
        guard isRight, let known else { throw AppError.badCredentials }
        guard known.user.isActive else { throw AppError.inactiveAccount }
        if hasher.isOutdated(known.passwordHash), let password = try? NewPassword(password) {
            let hash = try await hasher.hash(password)
            try await store.replacePasswordHash(of: known.user.id, from: known.passwordHash, to: hash)
        }
        let (signIn, new) = try makeSession(for: known.user, from: client, at: now())
        try await store.insert(new)
        return signIn
    }

    private static func check(email: String, password: String, username: String?) throws
        -> (EmailAddress, NewPassword, String?)
    {
        var issues = FieldIssues()
        let address = EmailAddress(email)
        if address == nil {
            issues.add(FieldIssue("email", "Enter an e-mail address, such as name@example.com.", .wrongValue))
        }
        let newPassword = try issues.check { try NewPassword(password) }
        let name = try issues.check { try Username.checked(username) }
        try issues.finish()
        guard let address, let newPassword, let name else { throw AppError.invalid(issues.all) }
        return (address, newPassword, name)
    }

    private func makeSession(for user: User, from client: Client, at time: Timestamp) throws
        -> (SignIn, NewSession)
    {
        let session = Session(
            id: SessionID(rawValue: ids.next(at: time)), userID: user.id, createdAt: time, updatedAt: time,
            expiresAt: time.adding(seconds: Session.lifetimeSeconds), ipAddress: client.ipAddress,
            userAgent: client.userAgent)
        let sessionToken = try SessionCookie.makeToken()
        let accessToken = try tokens.sign(
            AccessClaims(
                userID: user.id, email: user.email.text, issuedAt: time.seconds,
                expiresAt: time.seconds + Session.lifetimeSeconds, sessionID: session.id))
        let signIn = SignIn(user: user, session: session, accessToken: accessToken, sessionToken: sessionToken)
        return (signIn, NewSession(session: session, tokenDigest: try SessionCookie.digest(sessionToken)))
    }

    // MARK: Being in

    /// Who bears this access token.
    /// - Throws: `AppError.unauthenticated`, with the sentence that the seed documents give.
    package func identity(accessToken: String) async throws -> Identity {
        let time = now()
        let claims = try tokens.verify(accessToken, at: time)
        guard let sessionID = claims.sessionID else {
            guard let user = try await store.user(claims.userID) else { throw AppError.invalidToken }
            guard user.isActive else { throw AppError.unauthenticated(Self.inactive) }
            return Identity(user: user, session: nil)
        }
        guard let live = try await liveSession(sessionID, at: time), live.user.id == claims.userID else {
            throw AppError.invalidToken
        }
        guard live.user.isActive else { throw AppError.unauthenticated(Self.inactive) }
        return Identity(user: live.user, session: live.session)
    }

    /// Whose session this cookie token opens; nil where there is none, or none any more.
    package func identity(sessionToken: String) async throws -> Identity? {
        let time = now()
        let digest = try SessionCookie.digest(sessionToken)
        if let known = live.session(tokenDigest: digest) {
            guard known.session.expiresAt > time, known.user.isActive else { return nil }
            return Identity(user: known.user, session: known.session)
        }
        let ticket = live.ticket()
        guard let found = try await store.session(tokenDigest: digest, at: time) else { return nil }
        live.insert(LiveSession(session: found.session, user: found.user), tokenDigest: digest, ticket: ticket)
        return found.user.isActive ? Identity(user: found.user, session: found.session) : nil
    }

    private func liveSession(_ id: SessionID, at time: Timestamp) async throws -> LiveSession? {
        if let known = live.session(id) { return known.session.expiresAt > time ? known : nil }
        let ticket = live.ticket()
        guard let found = try await store.session(id, at: time) else { return nil }
        let session = LiveSession(session: found.session, user: found.user)
        live.insert(session, tokenDigest: nil, ticket: ticket)
        return session
    }

    private static let inactive = "Account is inactive"

    // MARK: Getting out

    /// Ends the session: its cookie and its access tokens are worth nothing from the next request on.
    package func signOut(_ session: Session) async throws {
        _ = try await store.deleteSession(session.id, of: session.userID)
        live.remove(session.id)
    }

    /// Clears away what has expired; the number of sessions that went.
    package func deleteExpiredSessions() async throws -> Int { try await store.deleteExpiredSessions(at: now()) }
}

extension Optional {
    fileprivate func asyncFlatMap<Result>(_ transform: (Wrapped) async throws -> Result?) async rethrows -> Result? {
        guard let self else { return nil }
        return try await transform(self)
    }
}
