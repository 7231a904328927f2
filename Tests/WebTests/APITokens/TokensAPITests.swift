import Auth
import Domain
import HTTPServer
import JSON
import NIOHTTP1
import Testing

extension APIClient {
    /// A client with a new API token of the same user.
    func makeToken(_ scopes: [TokenScope]) async throws -> APIClient {
        let names = scopes.map { #""\#($0.rawValue)""# }.joined(separator: ",")
        let response = await send(.POST, "/api/tokens", json: #"{"name":"script","scopes":[\#(names)]}"#)
        try #require(response.status == .created)
        guard case .string(let text)? = try response.jsonObject()["token"] else { throw TestSite.Unexpected() }
        return APIClient(site: site, token: text, userID: userID)
    }
}

@Suite struct TokensAPITests {
    private func text(_ object: JSONObject, _ name: String) -> String? {
        if case .string(let text)? = object[name] { text } else { nil }
    }

    @Test func `a token is made, shown once, listed, used and revoked`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            #expect(await alice.send(.GET, "/api/tokens").text == "[]")
            let response = await alice.send(
                .POST, "/api/tokens",
                json: #"{"name":" Backup ","scopes":["account:read","tasks:read"],"expires_in_days":30}"#)
            #expect(response.status == .created)
            #expect(response.headers["cache-control"] == ["no-store"])
            let made = try response.jsonObject()
            let (id, token) = (try #require(text(made, "id")), try #require(text(made, "token")))
            #expect(made["name"] == .string("Backup"))
            #expect(made["scopes"] == .array(["tasks:read", "account:read"]))
            #expect(text(made, "created_at") == site.clock.now.rfc3339)
            #expect(text(made, "expires_at") == site.clock.now.adding(seconds: 30 * 86_400).rfc3339)
            #expect(made["last_used_at"] == .null && made["last_used_address"] == .null)

            let script = APIClient(site: site, token: token, userID: alice.userID)
            #expect(await script.send(.GET, "/api/tasks").status == .ok)
            #expect(try await script.send(.GET, "/api/auth/me").jsonObject()["email"] == .string("alice@example.com"))
            let listed = await alice.send(.GET, "/api/tokens")
            #expect(!listed.text.contains(token))
            let found = try #require(try listed.jsonArray().first)
            #expect(text(found, "last_used_at") == site.clock.now.rfc3339)
            #expect(text(found, "last_used_address") == "127.0.0.1")

            let bob = try await site.signUp("bob")
            #expect(await bob.send(.DELETE, "/api/tokens/\(id)").status == .notFound)
            #expect(await script.send(.GET, "/api/tasks").status == .ok)
            #expect(await alice.send(.DELETE, "/api/tokens/\(id)").status == .noContent)
            #expect(await script.send(.GET, "/api/tasks").status == .unauthorized)
            let again = await alice.send(.DELETE, "/api/tokens/\(id)")
            #expect(again.status == .notFound && again.detail == "API token not found")

            let records = try await site.auditRecords().filter { $0.details.contains("API token") }
            #expect(records.map(\.kind) == [.tokenCreated, .sessionsRevoked])
            #expect(records.allSatisfy { $0.details.contains(id) && !$0.details.contains(token) })
        }
    }

    @Test func `a token lasts 90 days by default, and says when it has expired`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            func make(_ more: String) async throws -> JSONObject {
                let response = await alice.send(
                    .POST, "/api/tokens", json: #"{"name":"a","scopes":["tasks:read"]\#(more)}"#)
                try #require(response.status == .created)
                return try response.jsonObject()
            }
            let standard = try await make("")
            #expect(text(standard, "expires_at") == site.clock.now.adding(seconds: 90 * 86_400).rfc3339)
            #expect(try await make(#","expires_in_days":null"#)["expires_at"] == .null)
            let script = APIClient(
                site: site, token: try #require(text(standard, "token")), userID: alice.userID)
            #expect(await script.send(.GET, "/api/tasks").status == .ok)
            site.clock.advance(seconds: 90 * 86_400)
            let late = await script.send(.GET, "/api/tasks")
            #expect(late.status == .unauthorized && late.detail == "Token has expired")
            #expect(late.headers["www-authenticate"] == [#"Bearer error="invalid_token""#])
        }
    }

    @Test(
        arguments: [
            ("{}", ["name", "scopes"]), (#"{"name":" ","scopes":[]}"#, ["name", "scopes"]),
            (#"{"name":"a","scopes":"tasks:read"}"#, ["scopes"]),
            (#"{"name":"a","scopes":["tasks:read",1]}"#, ["scopes"]),
            (#"{"name":"a","scopes":["admin"]}"#, ["scopes"]),
            (#"{"name":"a","scopes":["tasks:read"],"expires_in_days":0}"#, ["expires_in_days"]),
            (#"{"name":"a","scopes":["tasks:read"],"expires_in_days":366}"#, ["expires_in_days"]),
            (#"{"name":"a","scopes":["tasks:read"],"expires_in_days":"7"}"#, ["expires_in_days"]),
        ] as [(String, [String])])
    func `a draft that breaks a rule is refused with the field`(json: String, fields: [String]) async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let response = await alice.send(.POST, "/api/tokens", json: json)
            #expect(response.status == .unprocessableEntity)
            guard case .array(let errors)? = try response.jsonObject()["errors"] else { throw TestSite.Unexpected() }
            let named = errors.map { error -> JSONValue? in
                guard case .object(let object) = error, case .array(let place)? = object["loc"] else { return nil }
                return place.last
            }
            #expect(named == fields.map { .string($0) })
            #expect(await alice.send(.GET, "/api/tokens").text == "[]")
        }
    }

    @Test func `making a token requires a recent sign-in or the password`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            site.clock.advance(seconds: 601)
            func make(_ more: String) async -> Response {
                await alice.send(.POST, "/api/tokens", json: #"{"name":"a","scopes":["tasks:read"]\#(more)}"#)
            }
            let old = await make("")
            #expect(old.status == .forbidden && old.detail == "Confirm your password, then try again.")
            let wrong = await make(#","password":"kept-by-mice""#)
            #expect(wrong.status == .unauthorized && wrong.detail == "Invalid credentials")
            #expect(await make(#","password":"kept-by-lice""#).status == .created)
        }
    }
}
