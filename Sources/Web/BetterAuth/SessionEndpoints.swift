import Auth
import Domain
import HTTPServer

/// Sessions and tokens, as Better Auth's client lists and ends them.
struct SessionEndpoints: Sendable {
    let sessionService: SessionService
    let sessions: BetterAuthSessions
    let tokens: BetterAuthTokens
    let rules: BetterAuthRules

    func addRoutes(to group: RouteGroup<AppContext>) {
        group.get("get-session", summary: "Better Auth: the session, or null", Self.getOperation, use: getSession)
        group.post(
            "get-session", summary: "Better Auth: not without deferred refresh", Self.postOperation, use: postSession)
        group.get("list-sessions", summary: "Better Auth: all sessions", Self.listOperation, use: listSessions)
        group.post("revoke-session", summary: "Better Auth: end one session", Self.revokeOperation, use: revokeSession)
        group.post(
            "revoke-sessions", summary: "Better Auth: end all sessions", Self.revokeAllOperation, use: revokeSessions)
        group.post(
            "revoke-other-sessions", summary: "Better Auth: end all other sessions", Self.revokeOthersOperation,
            use: revokeOtherSessions)
        group.post(
            "update-session", summary: "Better Auth: nothing to update", Self.updateOperation, use: updateSession)
        group.get("token", summary: "Better Auth: a token for other services", Self.tokenOperation, use: token)
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
        var response = Self.notDeferred.response
        response.headers.add(name: "pragma", value: "no-cache")
        return response
    }

    /// Only digests of tokens are stored, so other sessions show their id in the token's place: it ends them, and
    /// grants no access.
    @Sendable private func listSessions(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try BetterAuthCall(request, rules)
        let found = try await sessions.require(request)
        guard sessionService.isFresh(found.session) else { throw BetterAuthError.sessionNotFresh }
        let all = try await sessionService.sessions(of: found.user.id)
        let response = Response.betterAuth { json in
            json.array {
                for session in all {
                    let isOwn = session.id == found.session.id
                    $0.betterAuthSession(session, token: isOwn ? found.token : nil)
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
        return try sessions.finish(.betterAuthDone, found)
    }

    @Sendable private func revokeSessions(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try BetterAuthCall(request, rules)
        let found = try await sessions.require(request)
        try await sessionService.endAll(of: found.user.id, from: Client(request))
        return .betterAuthDone
    }

    @Sendable private func revokeOtherSessions(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try BetterAuthCall(request, rules)
        let found = try await sessions.require(request)
        try await sessionService.endAll(
            of: found.user.id, except: found.session.id, from: Client(request))
        return try sessions.finish(.betterAuthDone, found)
    }

    @Sendable private func updateSession(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try BetterAuthCall(request, rules)
        _ = try await sessions.require(request)
        throw BetterAuthError.nothingToUpdate
    }

    @Sendable private func token(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        let found = try await sessions.require(request)
        let asked = call.query.pairs.filter { $0.name == "audience" }.map(\.value)
        let audience = asked.first.flatMap(tokens.audience)
        guard asked.isEmpty || (asked.count == 1 && audience != nil) else { throw BetterAuthError.unknownAudience }
        let token = try await tokens.token(for: found.user, session: found.session, audience: audience)
        return try sessions.finish(.betterAuth { $0.object { $0.member("token", token) } }, found)
    }
}

// Requests and responses of the handlers above.
extension SessionEndpoints {
    private static let getOperation = Operation.betterAuthRead(
        "betterAuthGetSession", session: .optional,
        parameters: [.query("disableRefresh", .string("true").saying("Anything: the session is not renewed."))],
        answers: [
            .json(
                .ok, "The session and its user; null if the client is not signed in.",
                .either(
                    .answer(nil, .required("session", .betterAuthSession), .required("user", .betterAuthUser)), .null),
                headers: [.jwt, .sessionCookie, .authToken])
        ])

    private static let notDeferred = BetterAuthError(
        .methodNotAllowed, "POST method requires deferSessionRefresh to be enabled in session config",
        code: "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED")

    private static let postOperation = Operation.betterAuthChange(
        "betterAuthPostSession", session: .none, answers: [.betterAuth(notDeferred)])

    private static let listOperation = Operation.betterAuthRead(
        "betterAuthListSessions", "For a session that began within the last day.",
        answers: [
            .json(.ok, "All sessions of the person.", .array(of: .betterAuthSession)), .betterAuth(.sessionNotFresh),
        ])

    private static let revokeOperation = Operation.betterAuthChange(
        "betterAuthRevokeSession", "An unknown token, or another user's, is not an error and ends nothing.",
        body: .json(.request(nil, .required("token", .text("0199d5a4-2d3e-7a51-b0c4-7d8e9f0a1b2c")))),
        answers: [.json(.ok, "It has ended, if it existed.", .betterAuthStatus)]
    ).warning("The device whose session this is will be signed out.")

    private static let revokeAllOperation = Operation.betterAuthChange(
        "betterAuthRevokeSessions", "This one too.",
        answers: [.json(.ok, "All sessions have ended.", .betterAuthStatus)]
    ).warning("All your devices are signed out, this one too.")

    private static let revokeOthersOperation = Operation.betterAuthChange(
        "betterAuthRevokeOtherSessions", answers: [.json(.ok, "All other sessions have ended.", .betterAuthStatus)]
    ).warning("All your other devices are signed out.")

    private static let updateOperation = Operation.betterAuthChange(
        "betterAuthUpdateSession", "Sessions have no fields of their own to change.",
        answers: [.betterAuth(.nothingToUpdate)])

    private static let tokenOperation = Operation.betterAuthRead(
        "betterAuthToken",
        "Good for 15 minutes, and verified with the public keys. This server accepts only tokens for itself.",
        parameters: [
            .query(
                "audience",
                .string("https://tasks.example.com").saying(
                    "The service that the token is for: this server's origin, or one of `TOKEN_AUDIENCES`."))
        ],
        answers: [
            .betterAuth(.unknownAudience),
            .json(
                .ok, "A JWT, EdDSA or RS256.",
                .answer(nil, .required("token", .string("eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMTk5In0.c2ln")))),
        ])
}
