import Auth
import Domain
import HTTPServer
import JSON

/// Sessions and tokens, as Better Auth's client sees and ends them.
struct SessionEndpoints: Sendable {
    let sessionService: SessionService
    let sessions: BetterAuthSessions
    let tokens: BetterAuthTokens
    let rules: BetterAuthRules

    func addRoutes(to group: RouteGroup<AppContext>) {
        group.get("get-session", summary: "Better Auth: the session, or null", use: getSession)
        group.post("get-session", summary: "Better Auth: not without deferred refresh", use: postSession)
        group.get("list-sessions", summary: "Better Auth: all sessions", use: listSessions)
        group.post("revoke-session", summary: "Better Auth: end one session", use: revokeSession)
        group.post("revoke-sessions", summary: "Better Auth: end all sessions", use: revokeSessions)
        group.post("revoke-other-sessions", summary: "Better Auth: end all other sessions", use: revokeOtherSessions)
        group.post("update-session", summary: "Better Auth: nothing to update", use: updateSession)
        group.get("token", summary: "Better Auth: a token for other services", use: token)
    }

    @Sendable private func getSession(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        let isFixed = call.query["disableRefresh"].map { !$0.isEmpty } ?? false
        var response: Response
        switch try await sessions.read(request, renews: !isFixed) {
        case .live(let found):
            let jwt = try await tokens.token(for: found.user, session: found.session)
            response = .betterAuth {
                $0.object {
                    $0.name("session")
                    $0.betterAuthSession(found.session, token: found.token)
                    $0.name("user")
                    $0.betterAuthUser(found.user)
                }
            }
            response.headers.add(name: "set-auth-jwt", value: jwt)
            sessions.expose("set-auth-jwt", on: &response)
            response = try sessions.finish(response, found)
        case .none: response = .betterAuth { $0.null() }
        case .dead:
            response = .betterAuth { $0.null() }
            for cookie in sessions.expiringCookies { response.setCookie(cookie) }
        }
        response.headers.add(name: "pragma", value: "no-cache")
        return response
    }

    @Sendable private func postSession(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try BetterAuthCall(request, rules)
        var response = BetterAuthError(
            .methodNotAllowed, "POST method requires deferSessionRefresh to be enabled in session config",
            code: "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED"
        ).response
        response.headers.add(name: "pragma", value: "no-cache")
        return response
    }

    /// Only digests of tokens are stored, so other sessions show their id in the token's place: it ends them, and
    /// opens nothing.
    @Sendable private func listSessions(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try BetterAuthCall(request, rules)
        let found = try await sessions.require(request)
        guard sessionService.isFresh(found.session) else { throw BetterAuthError.sessionNotFresh }
        let all = try await sessionService.sessions(of: found.user.id)
        let response = Response.betterAuth { json in
            json.array {
                for session in all {
                    let isOwn = session.id == found.session.id
                    $0.betterAuthSession(session, token: isOwn ? found.token : session.id.rawValue)
                }
            }
        }
        return try sessions.finish(response, found)
    }

    @Sendable private func revokeSession(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        let token = input.string("token")
        try input.finish()
        let found = try await sessions.require(request)
        if let other = try await sessionService.identity(sessionToken: token), let session = other.session {
            if other.user.id == found.user.id {
                try await sessionService.end(session.id, of: found.user.id, by: .revocation, from: Client(request))
            }
        } else if let id = SessionID(untrusted: token) {
            try await sessionService.end(id, of: found.user.id, by: .revocation, from: Client(request))
        }
        return try sessions.finish(Self.done, found)
    }

    @Sendable private func revokeSessions(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try BetterAuthCall(request, rules)
        let found = try await sessions.require(request)
        try await sessionService.endAll(of: found.user.id, from: Client(request))
        return Self.done
    }

    @Sendable private func revokeOtherSessions(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try BetterAuthCall(request, rules)
        let found = try await sessions.require(request)
        try await sessionService.endAll(
            of: found.user.id, except: found.session.id, from: Client(request))
        return try sessions.finish(Self.done, found)
    }

    @Sendable private func updateSession(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try BetterAuthCall(request, rules)
        _ = try await sessions.require(request)
        throw BetterAuthError.nothingToUpdate
    }

    @Sendable private func token(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try BetterAuthCall(request, rules)
        let found = try await sessions.require(request)
        let token = try await tokens.token(for: found.user, session: found.session)
        return try sessions.finish(.betterAuth { $0.object { $0.member("token", token) } }, found)
    }

    private static let done = Response.betterAuth { $0.object { $0.member("status", true) } }
}
