import Auth
import Domain
import HTTPServer
import JSON

/// Reads sessions from requests and writes them into responses: the cookie, the bearer form, and the header for clients
/// without cookies.
struct BetterAuthSessions: Sendable {
    let sessions: SessionService
    let bearer: BearerAuthentication
    let cookie: SessionCookie

    enum Reading {
        case none
        /// A credential that was once valid: the client should drop it.
        case dead
        case live(BetterAuthSession)
    }

    /// Reads the session, and renews it when due, unless told not to.
    func read(_ request: Request, renews: Bool = true) async throws -> Reading {
        let credentials = Credentials(request, cookie)
        let reading = try await find(credentials, request, renews: renews)
        if case .live = reading { return reading }
        if let bearer = credentials.bearerText { await sessions.tokenRefused(bearer, from: Client(request)) }
        return reading
    }

    /// A bearer token takes precedence over the cookies, unless it can be none of ours.
    private func find(_ credentials: Credentials, _ request: Request, renews: Bool) async throws -> Reading {
        var candidates: [String]?
        switch try credentials.bearer() {
        case .session(let token): candidates = [token]
        case .apiToken(let text): return try await refuse(.apiToken(text), request)
        // The access token of seed 003's sign-in is a credential for the session that it belongs to.
        case .jwt(let text):
            switch try await sessions.read(accessToken: text) {
            case .live(let identity):
                guard let session = identity.session else { return .dead }
                return try await live(identity.user, session, token: nil, credentials, renews: renews)
            case .ended, .expired: return .dead
            case .foreign: break
            }
        case .unknown, nil: break
        }
        let tokens = try candidates ?? credentials.sessionTokens()
        guard !tokens.isEmpty else { return .none }
        guard let found = try await sessions.identity(amongSessionTokens: tokens) else { return .dead }
        return try await live(found.identity.user, found.session, token: found.token, credentials, renews: renews)
    }

    /// Finds no session: API tokens have none.
    /// - Throws: 403 for a valid one.
    private func refuse(_ token: BearerToken, _ request: Request) async throws -> Reading {
        do {
            _ = try await bearer.identity(token) { Client(request) }
        } catch AppError.invalidAPIToken {
            return .dead
        }
        throw BetterAuthError.apiTokenNotAdmitted
    }

    private func live(
        _ user: User, _ session: Session, token: String?, _ credentials: Credentials, renews: Bool
    ) async throws -> Reading {
        var found = BetterAuthSession(
            user: user, session: session, token: token,
            isBrowserSession: try credentials.endWithBrowserSession() || !session.isRemembered)
        if renews, !found.isBrowserSession, let renewed = try await sessions.renewIfDue(session) {
            found.session = renewed
            found.isRenewed = true
        }
        return .live(found)
    }

    /// The session of the browser's cookie, if it is live.
    func sessionOfCookie(_ request: Request) async throws -> Session? {
        try await sessions.identity(amongSessionTokens: Credentials(request, cookie).sessionTokens())?.session
    }

    /// Reads the session for endpoints that need one.
    /// - Throws: 401, which removes the cookies if they were once valid.
    func require(_ request: Request) async throws -> BetterAuthSession {
        switch try await read(request) {
        case .live(let session): return session
        case .none: throw BetterAuthError.unauthorized
        case .dead:
            var error = BetterAuthError.unauthorized
            error.cookies = expiringCookies
            throw error
        }
    }

    // MARK: Answers

    /// Adds the session's cookie, and the header that clients without cookies read.
    /// - Parameter token: nil sets nothing, for a client that has shown none.
    func set(_ token: String?, of session: Session, isBrowserSession: Bool, on response: inout Response) throws {
        guard let token else { return }
        response.setCookie(
            cookie.setting(
                cookie.name, to: try cookie.value(for: token),
                maxAge: isBrowserSession ? nil : sessions.cookieSeconds(of: session)))
        response.headers.add(name: "set-auth-token", value: try cookie.signed(token))
        expose("set-auth-token", on: &response)
        // Tells the server on later requests, which cookies' attributes do not, that the session was not to be
        // remembered.
        guard isBrowserSession else { return }
        response.setCookie(cookie.setting(cookie.dontRememberName, to: try cookie.value(for: "true"), maxAge: nil))
    }

    /// Adds the cookie of a sign-in that waits for the second factor.
    func set(challenge token: String, on response: inout Response) throws {
        response.setCookie(
            cookie.setting(
                cookie.challengeName, to: try cookie.value(for: token), maxAge: SignInChallenge.lifetimeSeconds))
    }

    /// The token of the sign-in that waits for the second factor, from its cookie.
    func challenge(_ request: Request) throws -> String? { try Credentials(request, cookie).challenge() }

    var expiringChallenge: [SetCookie] { cookie.expiring(cookie.challengeName) }

    /// Adds the session's cookies to the response if it was renewed.
    func finish(_ response: Response, _ session: BetterAuthSession) throws -> Response {
        guard session.isRenewed, session.token != nil else { return response }
        var response = response
        try set(session.token, of: session.session, isBrowserSession: session.isBrowserSession, on: &response)
        return response
    }

    var expiringCookies: [SetCookie] {
        ([cookie.name] + cookie.companionNames).flatMap(cookie.expiring)
    }

    /// Lets cross-origin pages read the header.
    func expose(_ name: String, on response: inout Response) {
        let names = response.headers["access-control-expose-headers"] + [name]
        response.headers.replaceOrAdd(name: "access-control-expose-headers", value: names.joined(separator: ", "))
    }
}

extension SessionCookie {
    /// A session cookie, with the attributes common to all of them.
    func setting(_ name: String, to value: String, maxAge: Int64?) -> SetCookie {
        var cookie = SetCookie(name: name, value: value, maxAge: maxAge, isSecure: isSecure)
        cookie.crossesSites = crossesSites
        cookie.domain = domain
        return cookie
    }

    /// Removes a cookie. A browser removes the one that was set with the same attributes, so if the cookie has a domain
    /// or is sent cross-site, the cookie from before that configuration is removed as well.
    func expiring(_ name: String) -> [SetCookie] {
        let current = setting(name, to: "", maxAge: 0)
        let plain = SetCookie(name: name, value: "", maxAge: 0, isSecure: isSecure)
        return current == plain ? [current] : [current, plain]
    }
}

extension JSONWriter {
    /// A user as Better Auth's client knows it, in its server's field order.
    mutating func betterAuthUser(_ user: User) { object { $0.betterAuthUserMembers(user) } }

    mutating func betterAuthUserMembers(_ user: User) {
        member("name", user.username ?? "")
        member("email", user.email.text)
        member("emailVerified", user.isEmailVerified)
        member("image", user.image)
        member("createdAt", user.createdAt)
        member("updatedAt", user.updatedAt)
        member("twoFactorEnabled", user.hasSecondFactor)
        member("id", user.id.rawValue)
    }

    /// - Parameter token: nil writes a handle in its place, which ends the session and grants no access.
    mutating func betterAuthSession(_ session: Session, token: String?) {
        object {
            $0.member("expiresAt", session.expiresAt)
            $0.member("token", token ?? session.id.rawValue)
            $0.member("createdAt", session.createdAt)
            $0.member("updatedAt", session.updatedAt)
            $0.member("ipAddress", session.ipAddress)
            $0.member("userAgent", session.userAgent)
            $0.member("userId", session.userID.rawValue)
            $0.member("id", session.id.rawValue)
        }
    }
}
