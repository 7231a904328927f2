import HTTPServer
import NIOHTTP1
import Testing

@testable import Web

/// Requests that HTTP's grammar allows.
@Suite struct GrammarTests {
    private static let old = String(repeating: "o", count: 32) + ".AAAA"

    private func cookie(_ browser: Browser) throws -> String {
        try #require(browser.cookies["better-auth.session_token"])
    }

    @Test func `of several session cookies, each is tried, with quotes and without`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            let good = try cookie(alice)
            let bob = Browser(site)
            try await bob.signUp("bob")
            let ended = try cookie(bob)
            await bob.open("/dashboard")
            await bob.submit("/logout", [:])
            let name = "better-auth.session_token="
            for field in [
                "\(name)\(good)", "\(name)\"\(good)\"", "\(name)\(Self.old); \(name)\(good)",
                "\(name)\(ended); \(name)\(good)", "\(name)\(good); \(name)\(ended)",
                "\(name); \(name)x; \(name)\"\(ended)\"; \(name)\"\(good)\"",
                "$Version=\"1\"; \(name)\"\(good)\";$Path=\"/\"",
            ] {
                #expect(await site.send(.GET, "/dashboard", ["cookie": field]).status == .ok, "\(field)")
                #expect(await site.send(.GET, "/api/auth/me", ["cookie": field]).text.contains("alice@"), "\(field)")
                let session = await site.send(.GET, "/api/auth/get-session", ["cookie": field])
                #expect(session.text.contains("alice@"), "\(field)")
            }
            let dead = await site.send(.GET, "/api/auth/get-session", ["cookie": "\(name)\(ended); \(name)\(Self.old)"])
            #expect(dead.text == "null")
            #expect(dead.headers["set-cookie"].contains { $0.hasPrefix(name + ";") })
        }
    }

    @Test func `a form is taken whichever of a visitor's cookies it was made for`() async throws {
        try await TestSite.with { site in
            let (one, two) = (String(repeating: "a", count: 32), String(repeating: "b", count: 32))
            func token(_ visitor: String) async throws -> String {
                let page = await site.send(.GET, "/login", ["cookie": "latchkey.visitor=\(visitor)"])
                let found = page.text.firstMatch(of: /name="form_token" value="([^"]*)"/)
                return String(try #require(found).1)
            }
            for visitor in [one, two, String(repeating: "c", count: 32)] {
                let body = "email=a%40example.com&password=wrong-password&form_token=\(try await token(visitor))"
                let response = await site.send(
                    .POST, "/login",
                    [
                        "content-type": "application/x-www-form-urlencoded", "origin": "http://tasks.test",
                        "cookie": "latchkey.visitor=\(one); latchkey.visitor=\"\(two)\"; latchkey.visitor=short",
                    ], body: body)
                #expect(response.status == (visitor == one || visitor == two ? .unauthorized : .forbidden))
            }
        }
    }

    @Test func `a UUID may be written in upper case wherever one is taken`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let user = alice.userID.uppercased()
            let made = await alice.send(.POST, "/api/\(user)/tasks", json: #"{"title":"x"}"#)
            try #require(made.status == .created)
            guard case .string(let lower)? = try made.jsonObject()["id"] else { throw TestSite.Unexpected() }
            let id = lower.uppercased()
            for path in ["/api/tasks/\(id)", "/api/\(user)/tasks/\(id)", "/api/users/\(user)/tasks/\(id)"] {
                let read = await alice.send(.GET, path)
                #expect(read.status == .ok, "\(path)")
                #expect(read.text.contains(lower))
            }
            #expect(await alice.send(.GET, "/api/tasks?cursor=\(id)").status == .ok)
            #expect(await alice.send(.PATCH, "/api/tasks/\(id)", json: #"{"completed":true}"#).status == .ok)
            #expect(await alice.send(.DELETE, "/api/tasks/\(id)").status == .noContent)
            #expect(await alice.send(.POST, "/api/tasks/\(id)/restore").status == .ok)
        }
    }

    @Test func `a byte order mark before JSON is overlooked`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            #expect(await alice.send(.POST, "/api/tasks", json: "\u{FEFF}{\"title\":\"x\"}").status == .created)
            #expect(
                await alice.send(.POST, "/api/tasks", json: "\u{FEFF}\u{FEFF}{\"title\":\"x\"}").status == .badRequest)
            #expect(await alice.send(.POST, "/api/tasks", json: "{\u{FEFF}\"title\":\"x\"}").status == .badRequest)
            let signIn = await site.send(
                .POST, "/api/auth/sign-in/email", ["content-type": "application/json"],
                body: "\u{FEFF}{\"email\":\"alice@example.com\",\"password\":\"kept-by-lice\"}")
            #expect(signIn.status == .ok)
        }
    }

    @Test func `two Authorization fields are refused on every route`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let bearer = "Bearer \(alice.token)"
            for route in site.site.router.routes {
                let path = route.path.replacing("{user_id}", with: alice.userID)
                    .replacing("{task_id}", with: "0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3").replacing(
                        "{token}", with: "x")
                for fields in [[bearer, bearer], [bearer, ""], ["Basic x", bearer]] {
                    let headers = HTTPHeaders(
                        fields.map { ("authorization", $0) } + [("content-type", "application/json")])
                    let response = await site.send(route.method, path, headers, body: "{}")
                    #expect(response.status == .unauthorized, "\(route.method) \(path)")
                }
            }
        }
    }

    /// RFC 9110, section 11.4: one or more spaces stand between scheme and token.
    @Test func `the scheme may be in any case and the spaces many`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            for field in ["Bearer \(alice.token)", "bearer   \(alice.token)", "BEARER \(alice.token) "] {
                #expect(await site.send(.GET, "/api/tasks", ["authorization": field]).status == .ok)
            }
            for field in [
                "Bearer\(alice.token)", "Bearer\t\(alice.token)", "Bearer \(alice.token), Bearer x", "\(alice.token)",
            ] {
                #expect(await site.send(.GET, "/api/tasks", ["authorization": field]).status == .unauthorized)
            }
        }
    }

    @Test func `HEAD is answered like GET, and 405 lists it`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            let headers: HTTPHeaders = [
                "authorization": "Bearer \(alice.token)",
                "cookie": "latchkey.visitor=" + String(repeating: "v", count: 32),
            ]
            var paths = Set(site.site.router.routes.filter { $0.method == .GET }.map(\.path))
            paths.formUnion(["/app.css", "/icon.svg"])
            for template in paths {
                let path = template.replacing("{user_id}", with: alice.userID)
                    .replacing("{task_id}", with: "0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3").replacing(
                        "{token}", with: "x")
                let (get, head) = (await site.send(.GET, path, headers), await site.send(.HEAD, path, headers))
                #expect(head.status == get.status, "\(path)")
                #expect(head.headers.map(\.name) == get.headers.map(\.name), "\(path)")
                guard !template.utf8.contains(UInt8(ascii: ".")) else { continue }
                let allowed = await site.send(.OPTIONS, path).headers.first(name: "allow") ?? ""
                #expect(allowed.split(separator: ", ").contains("HEAD"), "\(path)")
            }
        }
    }
}
