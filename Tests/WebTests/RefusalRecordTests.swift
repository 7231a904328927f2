import HTTPServer
import NIOHTTP1
import Testing

/// Refused requests are in the audit trail, under the names of OWASP's vocabulary.
@Suite struct RefusalRecordTests {
    private func events(_ site: TestSite) async throws -> [String] {
        try await site.auditRecords().map(\.event).filter { $0 != "user_created" && $0 != "authn_login_success" }
    }

    @Test func `a form without its token, or from another site, is recorded`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            #expect(await alice.post("/tasks", ["title": "x"], token: "made up").status == .forbidden)
            #expect(await alice.post("/tasks", ["title": "x"], token: nil).status == .forbidden)
            alice.origin = "https://evil.example"
            #expect(await alice.post("/tasks", ["title": "x"], token: alice.formToken).status == .forbidden)
            #expect(try await events(site) == ["malicious_csrf", "malicious_csrf", "malicious_cors"])
            let records = try await site.auditRecords()
            #expect(records.suffix(3).allSatisfy { $0.outcome == "fail" && $0.request == "POST /tasks" })
            #expect(records.last?.details == #"{"origin":"https://evil.example"}"#)
        }
    }

    @Test func `a cookie that another site sends along is recorded`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            let cookie = try #require(alice.cookies["better-auth.session_token"])
            let headers: HTTPHeaders = [
                "cookie": "better-auth.session_token=\(cookie)", "origin": "https://evil.example",
                "content-type": "application/json",
            ]
            let refused = await site.send(.POST, "/api/tasks", headers, body: #"{"title":"x"}"#)
            #expect(refused.status == .forbidden)
            for path in ["sign-out", "sign-in/email", "update-user"] {
                #expect(await site.send(.POST, "/api/auth/" + path, headers, body: "{}").status == .forbidden)
            }
            #expect(try await events(site) == Array(repeating: "malicious_cors", count: 4))
        }
    }

    @Test func `a forged token, and one whose session has ended, are recorded`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            func ask(_ path: String, _ token: String) async {
                _ = await site.send(.GET, path, ["authorization": "Bearer \(token)"])
            }
            let forged = alice.token.dropLast(3) + "AAA"
            for path in ["/api/tasks", "/api/auth/get-session"] { await ask(path, String(forged)) }
            await ask("/api/tasks", String(repeating: "a", count: 32))
            #expect(try await events(site) == Array(repeating: "authn_token_fail", count: 3))
            #expect(await alice.send(.POST, "/api/auth/signout").status == .noContent)
            for path in ["/api/tasks", "/api/auth/token"] { await ask(path, alice.token) }
            #expect(try await events(site).suffix(2) == ["authn_token_reuse", "authn_token_reuse"])
            let everything = try await site.auditRecords().map { "\($0)" }.joined()
            #expect(!everything.contains(alice.token.suffix(43)) && !everything.contains(forged.suffix(43)))

            // A token that is merely expired is not recorded.
            let count = try await events(site).count
            let bob = try await site.signUp("bob")
            site.clock.advance(seconds: 8 * 86_400)
            for path in ["/api/tasks", "/api/auth/get-session"] { await ask(path, bob.token) }
            #expect(try await events(site).count == count)
        }
    }

    @Test func `an invalid link is recorded`() async throws {
        try await TestSite.with { site in
            let visitor = Browser(site)
            await visitor.open("/login")
            let token = visitor.formToken
            #expect(await visitor.open("/reset/" + String(repeating: "x", count: 32)).status == .notFound)
            #expect(await visitor.open("/reset/short").status == .notFound)
            let sent = await visitor.post("/reset", ["token": "x", "password": "wool-sky-7"], token: token)
            #expect(sent.status == .notFound)
            #expect(try await events(site) == Array(repeating: "authn_token_reuse", count: 3))
            let records = try await site.auditRecords()
            #expect(
                records.allSatisfy {
                    $0.details == #"{"purpose":"reset link"}"# && $0.request?.contains("xxx") == false
                })
        }
    }

    @Test func `an invalid link for confirming an address is recorded`() async throws {
        try await TestSite.with(emailVerification: .optional) { site in
            let visitor = Browser(site)
            await visitor.open("/login")
            let sent = await visitor.post("/verify", ["token": "x"], token: visitor.formToken)
            #expect(sent.status == .notFound)
            let records = try await site.auditRecords()
            #expect(records.map(\.details) == [#"{"purpose":"verification link"}"#])
        }
    }
}
