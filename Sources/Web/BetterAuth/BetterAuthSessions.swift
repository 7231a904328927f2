import Auth
import Domain
import HTTPServer
import JSON

/// Reads sessions from requests and writes them into responses: the cookie, the bearer form, and the header for clients
/// without cookies.
struct BetterAuthSessions: Sendable {
    let sessions: SessionService
    let cookie: SessionCookie

    enum Reading {
        case none
        /// A credential that was once valid: the client should drop it.
        case dead
        case live(BetterAuthSession)
    }

    /// Reads the session, and renews it when due, unless told not to.
    func read(_ request: Request, renews: Bool = true) async throws -> Reading {
        let reading = try await find(request, renews: renews)
        if case .live = reading { return reading }
        if let bearer = request.bearerToken { await sessions.tokenRefused(bearer, from: Client(request)) }
        return reading
    }

    private func find(_ request: Request, renews: Bool) async throws -> Reading {
        let cookies = request.cookies
        let found: (identity: Identity, session: Session, token: String?)
        switch try await accessToken(request) {
        case .live(let identity):
            guard let session = identity.session else { return .dead }
            found = (identity, session, nil)
        case .ended, .expired: return .dead
        case .foreign:
            let tokens = try tokens(request, cookies)
            guard !tokens.isEmpty else { return .none }
            guard let live = try await live(tokens) else { return .dead }
            found = live
        }
        var session = BetterAuthSession(
            user: found.identity.user, session: found.session, token: found.token,
            isBrowserSession: try isBrowserSession(cookies) || !found.session.isRemembered)
        if renews, !session.isBrowserSession, let renewed = try await sessions.renewIfDue(found.session) {
            session.session = renewed
            session.isRenewed = true
        }
        return .live(session)
    }

    /// The session of the browser's cookie, if it is live.
    func sessionOfCookie(_ request: Request) async throws -> Session? {
        try await sessions.identity(in: request.cookies, cookie)?.identity.session
    }

    private func isBrowserSession(_ cookies: Cookies) throws -> Bool {
        try cookies.values(of: cookie.dontRememberName).contains { try cookie.token(in: $0) == "true" }
    }

    /// The session of the first token that opens one.
    private func live(_ tokens: [String]) async throws -> (identity: Identity, session: Session, token: String?)? {
        for token in tokens {
            if let identity = try await sessions.identity(sessionToken: token), let session = identity.session {
                return (identity, session, token)
            }
        }
        return nil
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

    /// The access token of seed 003's sign-in also proves the session that it belongs to.
    private func accessToken(_ request: Request) async throws -> SessionService.AccessTokenReading {
        guard let bearer = request.bearerToken, bearer.utf8.count(where: { $0 == UInt8(ascii: ".") }) == 2 else {
            return .foreign
        }
        return try await sessions.read(accessToken: bearer)
    }

    /// Possible session tokens, in order of precedence: the bearer token before the cookies. With a bearer token
    /// cookies are ignored; so is anything that cannot be a session token.
    private func tokens(_ request: Request, _ cookies: Cookies) throws -> [String] {
        if let value = request.bearerToken {
            if let token = try cookie.token(in: value) { return [token] }
            if !value.utf8.contains(UInt8(ascii: ".")) { return [value] }
        }
        return try cookies.values(of: cookie.name).compactMap { try cookie.token(in: $0) }
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
