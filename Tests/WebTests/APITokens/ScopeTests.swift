import Auth
import Domain
import HTTPServer
import NIOHTTP1
import Testing
import Web

/// Each route that asks who is calling, with each scope that an API token may have.
@Suite struct ScopeTests {
    /// The scope that each route for signed-in programs takes; nil for those that take no API token. A new route has no
    /// rule before it stands here.
    private static let rules: [String: TokenScope?] = {
        let none: TokenScope? = nil
        var rules: [String: TokenScope?] = [
            "GET /api/auth/me": .accountRead, "POST /api/auth/signout": none,
            "GET /api/tokens": none, "POST /api/tokens": none, "DELETE /api/tokens/{token_id}": none,
            // They answer about their input, and change nothing.
            "POST /api/tasks/parse": .tasksRead, "POST /api/tasks/preview-repeat": .tasksRead,
            "POST /api/tasks/bulk": .tasksWrite, "POST /api/undo": .tasksWrite,
            "GET /api/changes": .tasksRead, "GET /api/events": .tasksRead,
            "GET /api/trash": .tasksRead, "DELETE /api/trash": .tasksWrite, "DELETE /api/trash/{task_id}": .tasksWrite,
        ]
        // Each of them requires a proof, or is one, or stops a change that the account's sessions are shown.
        for route in [
            "GET /api/auth/recovery-codes", "POST /api/auth/recovery-codes", "DELETE /api/auth/recovery-codes",
            "DELETE /api/auth/waiting-reset", "POST /api/auth/proof/mail", "POST /api/auth/proof/code",
        ] { rules[route] = none }
        for path in ["users", "users/{user_id}", "invitations", "trail", "trail/verification"] {
            rules["GET /api/admin/\(path)"] = .adminRead
        }
        // Routes that change other accounts, or admit users, take no API token.
        rules["POST /api/admin/invitations"] = none
        rules["POST /api/admin/invitations/{invitation_id}/revoke"] = none
        rules["DELETE /api/admin/users/{user_id}"] = none
        for action in [
            "deactivate", "activate", "verify", "end-sessions", "revoke-tokens", "remove-factor", "remove-passkeys",
            "unlink-providers", "make-admin",
            "revoke-admin", "reset-link", "stop-reset",
        ] { rules["POST /api/admin/users/{user_id}/\(action)"] = none }
        for action in ["complete", "skip", "move"] { rules["POST /api/tasks/{task_id}/\(action)"] = .tasksWrite }
        for (noun, id) in [("lists", "list_id"), ("tags", "tag_id"), ("views", "view_id")] {
            rules["GET /api/\(noun)"] = .tasksRead
            rules["POST /api/\(noun)"] = .tasksWrite
            rules["GET /api/\(noun)/{\(id)}"] = .tasksRead
            for method in ["PATCH", "DELETE"] { rules["\(method) /api/\(noun)/{\(id)}"] = .tasksWrite }
        }
        for tasks in ["/api/tasks", "/api/users/{user_id}/tasks", "/api/{user_id}/tasks"] {
            for slash in ["", "/"] {
                rules["GET \(tasks)\(slash)"] = .tasksRead
                rules["POST \(tasks)\(slash)"] = .tasksWrite
            }
            rules["GET \(tasks)/{task_id}"] = .tasksRead
            for method in ["PUT", "PATCH", "DELETE"] { rules["\(method) \(tasks)/{task_id}"] = .tasksWrite }
            rules["POST \(tasks)/{task_id}/restore"] = .tasksWrite
        }
        return rules
    }()

    private func name(_ route: Route) -> String { "\(route.method.rawValue) \(route.path)" }

    private func isBetterAuths(_ route: Route) -> Bool { route.summary.hasPrefix("Better Auth: ") }

    private func send(_ client: APIClient, _ route: Route, _ headers: HTTPHeaders = [:]) async -> Response {
        let uri = route.path.replacing("{user_id}", with: client.userID)
            .replacing(/\{\w+\}/, with: "0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d4")
        return await client.send(route.method, uri, headers, json: route.method == .GET ? nil : "{}")
    }

    @Test func `every route for signed-in programs has a rule, and declares it`() async throws {
        try await TestSite.with { site in
            let routes = site.site.router.routes.filter { $0.requires(SignedInContext.self) }
            #expect(Set(routes.map(name)) == Set(Self.rules.keys))
            for route in routes {
                #expect(Self.rules[name(route)] == .some(route.scope.flatMap(TokenScope.init)), "\(name(route))")
            }
            // No other route looks at scopes.
            for route in site.site.router.routes where !route.requires(SignedInContext.self) {
                #expect(route.scope == nil, "\(name(route))")
            }
        }
    }

    @Test(arguments: TokenScope.allCases)
    func `a token opens the routes of its scope and no others`(scope: TokenScope) async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            if scope == .adminRead { try await site.makeAdmin(alice) }
            let token = try await alice.makeToken([scope])
            var opened = 0
            for route in site.site.router.routes where route.requires(SignedInContext.self) {
                let needed = try #require(Self.rules[name(route)])
                let response = await send(token, route)
                if needed == scope {
                    opened += 1
                    #expect(
                        [.ok, .notFound, .noContent, .unprocessableEntity].contains(response.status),
                        "\(name(route)) \(response.status)")
                } else {
                    #expect(response.status == .forbidden, "\(name(route)) \(response.status)")
                    let named = needed.map { #", scope="\#($0.rawValue)""# } ?? ""
                    #expect(response.headers["www-authenticate"] == [#"Bearer error="insufficient_scope""# + named])
                    #expect(
                        response.detail
                            == (needed.map { "This API token lacks the scope \($0.rawValue)." }
                                ?? "API tokens are not accepted here. Sign in instead."))
                }
            }
            #expect(opened > 0)
        }
    }

    @Test func `all scopes together open neither the account, nor tokens, nor a session, nor a page`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            try await site.makeAdmin(alice)
            let token = try await alice.makeToken(TokenScope.allCases)
            var (refused, pages) = (0, 0)
            for route in site.site.router.routes {
                let response = await send(token, route)
                if isBetterAuths(route), route.access == .signedIn {
                    refused += 1
                    // Better Auth checks the shape of a body before the session.
                    #expect([.forbidden, .badRequest].contains(response.status), "\(name(route)) \(response.status)")
                } else if route.requires(SignedInPageContext.self) {
                    pages += 1
                    #expect([.seeOther, .unsupportedMediaType].contains(response.status), "\(name(route))")
                }
                #expect(
                    !response.headers["set-cookie"].contains { $0.contains("session_token=") && !$0.contains("=;") })
            }
            #expect(refused > 10 && pages > 20)

            let session = await token.send(.GET, "/api/auth/get-session")
            #expect(session.status == .forbidden)
            #expect(session.headers["www-authenticate"] == [#"Bearer error="insufficient_scope""#])
            #expect(try session.jsonObject()["code"] == .string("INSUFFICIENT_SCOPE"))
            #expect(await alice.send(.GET, "/api/auth/me").status == .ok)
            #expect(try await alice.send(.GET, "/api/tokens").jsonArray().count == 1)
        }
    }

    @Test func `an unknown or revoked token is 401 with invalid_token everywhere`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            try await site.makeAdmin(alice)
            let revoked = try await alice.makeToken(TokenScope.allCases)
            let listed = try await alice.send(.GET, "/api/tokens").jsonArray()
            guard case .string(let id)? = listed.first?["id"] else { throw TestSite.Unexpected() }
            #expect(await revoked.send(.GET, "/api/tasks").status == .ok)
            #expect(await alice.send(.DELETE, "/api/tokens/\(id)").status == .noContent)
            let mistyped = APIClient(site: site, token: String(revoked.token.dropLast()), userID: alice.userID)
            for client in [revoked, mistyped] {
                for route in site.site.router.routes where route.requires(SignedInContext.self) {
                    let response = await send(client, route)
                    #expect(response.status == .unauthorized, "\(name(route))")
                    #expect(response.headers["www-authenticate"] == [#"Bearer error="invalid_token""#])
                    #expect(response.detail == "Invalid token")
                }
                let session = await client.send(.GET, "/api/auth/get-session")
                #expect(session.status == .ok && session.text == "null")
                #expect(await client.send(.GET, "/api/auth/list-sessions").status == .unauthorized)
            }
            // Recorded like other invalid tokens.
            let kinds = try await site.auditRecords().map(\.kind)
            #expect(kinds.contains(.tokenRefused))
        }
    }

    @Test func `another user's paths and data stay closed`() async throws {
        try await TestSite.with { site in
            let (alice, bob) = (try await site.signUp("alice"), try await site.signUp("bob"))
            let task = try await alice.addTask("Hers")
            try await site.makeAdmin(bob)
            let token = try await bob.makeToken(TokenScope.allCases)
            #expect(await token.send(.GET, "/api/users/\(alice.userID)/tasks").status == .forbidden)
            #expect(await token.send(.GET, "/api/tasks/\(task)").status == .notFound)
            #expect(await token.send(.DELETE, "/api/tasks/\(task)").status == .notFound)
            #expect(await token.send(.GET, "/api/users/\(bob.userID)/tasks").status == .ok)
        }
    }
}
