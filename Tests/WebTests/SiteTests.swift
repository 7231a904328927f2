import Basics
import HTTPServer
import Mail
import NIOHTTP1
import Storage
import Testing
import Web

@Suite struct SiteTests {
    /// The public routes. Every route that is not on this list must refuse unauthenticated clients.
    private let everybodys: Set<String> = [
        "GET /health", "GET /ready", "GET /up", "POST /api/auth/signup", "POST /api/auth/signin",
        "POST /api/auth/second-factor",
        "GET /", "GET /signup",
        "POST /signup", "GET /login", "POST /login", "POST /login/second-factor", "POST /login/passkey",
        "POST /logout", "POST /api/auth/passkey", "POST /api/auth/passkey/options",
        "GET /.well-known/jwks.json",
        "GET /api/auth/jwks", "GET /api/auth/ok", "GET /api/auth/error", "GET /api/auth/get-session",
        "POST /api/auth/sign-out", "GET /openapi.json", "GET /docs", "GET /offline",
        "GET /reset/{token}", "POST /reset",
        "GET /invitation/{token}",
        "GET /forgot", "POST /forgot", "GET /verify/{token}", "POST /verify",
        "GET /pictures/{digest}", "GET /.well-known/change-password",
        "POST /account/return", "GET /change-email/{token}", "POST /change-email", "GET /recover/{token}",
        "POST /recover", "POST /verification", "POST /verification/mail", "POST /forgot/code",
        "GET /forgot/recovery-codes",
        "POST /forgot/recovery-codes",
        "POST /login/providers/{provider}", "GET /api/auth/callback/{provider}",
        "GET /delete-account/{token}", "POST /delete-account", "GET /unsubscribe/{user_id}/{token}",
        "POST /unsubscribe/{user_id}/{token}",
    ]

    @Test func `every other route refuses unauthenticated clients`() async throws {
        try await TestSite.with { site in
            var guarded = 0
            for route in site.site.router.routes where !everybodys.contains("\(route.method.rawValue) \(route.path)") {
                guarded += 1
                let uri = route.path.replacing("{user_id}", with: "x").replacing("{task_id}", with: "y")
                for headers: HTTPHeaders in [
                    [:], ["authorization": "Bearer x"], ["cookie": "better-auth.session_token=x.y"],
                    ["content-type": "application/json"], ["content-type": "application/x-www-form-urlencoded"],
                ] {
                    let response = await site.send(route.method, uri, headers, body: "{}")
                    if route.summary.hasPrefix("Better Auth: ") {
                        // Better Auth checks the shape of a body before the session.
                        #expect([302, 400, 401, 403, 404, 405, 415].contains(response.status.code), "\(route)")
                    } else if route.path.hasPrefix("/api") {
                        #expect(response.status == .unauthorized, "\(route)")
                        #expect(response.headers["www-authenticate"] == ["Bearer"])
                    } else {
                        #expect(
                            [.seeOther, .unsupportedMediaType].contains(response.status), "\(route) \(response.status)")
                        if response.status == .seeOther {
                            #expect(response.headers["location"].first?.hasPrefix("/login") == true)
                        }
                    }
                }
            }
            #expect(guarded > 20)
        }
    }

    @Test func `the public list names only routes that are there`() async throws {
        try await TestSite.with { site in
            let all = Set(site.site.router.routes.map { "\($0.method.rawValue) \($0.path)" })
            #expect(everybodys.isSubset(of: all))
            #expect(site.site.router.routes.allSatisfy { !$0.summary.isEmpty })
        }
    }

    private let guards = [
        "content-security-policy:default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            + "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
            + "require-trusted-types-for 'script'; trusted-types latchkey",
        "x-content-type-options:nosniff", "x-frame-options:DENY", "referrer-policy:same-origin",
        "cross-origin-opener-policy:same-origin", "cross-origin-resource-policy:same-origin",
        "permissions-policy:geolocation=(), camera=(), microphone=()",
    ]

    @Test(arguments: [
        "/health", "/", "/nowhere", "/api/nowhere", "/login", "/dashboard", "/%", "/openapi.json", "/docs", "/offline",
    ])
    func `every response carries the security headers`(uri: String) async throws {
        try await TestSite.with { site in
            let response = await site.send(.GET, uri)
            let headers = response.headers.map { "\($0.name):\($0.value)" }
            for guarded in guards { #expect(headers.contains(guarded), "\(uri) lacks \(guarded)") }
            #expect(!response.headers.contains(name: "strict-transport-security"))
            #expect(!response.headers.contains(name: "server"))
        }
    }

    @Test(arguments: ["/app.css", "/app.js", "/apple-touch-icon.png"])
    func `a file that is no document has the security headers of files`(uri: String) async throws {
        try await TestSite.with { site in
            let response = await site.send(.GET, uri)
            #expect(response.status == .ok)
            #expect(response.headers["x-content-type-options"] == ["nosniff"])
            #expect(response.headers["cross-origin-resource-policy"] == ["same-origin"])
            #expect(!response.headers.contains(name: "content-security-policy"))
        }
    }

    @Test func `an SVG that is opened by itself can run nothing`() async throws {
        try await TestSite.with { site in
            let response = await site.send(.GET, "/icon.svg")
            #expect(response.status == .ok)
            #expect(
                response.headers["content-security-policy"] == [
                    "default-src 'none'; frame-ancestors 'none'; sandbox"
                ])
            #expect(response.headers["x-content-type-options"] == ["nosniff"])
            #expect(response.headers["cross-origin-resource-policy"] == ["same-origin"])
        }
    }

    @Test(arguments: ["/app.css", "/icon.svg", "/openapi.json"])
    func `a 304 has no headers of the stored response`(uri: String) async throws {
        try await TestSite.with(isHTTPS: true) { site in
            let first = await site.send(.GET, uri)
            let tag = try #require(first.headers["etag"].first)
            let response = await site.send(.GET, uri, ["if-none-match": tag])
            #expect(response.status == .notModified)
            #expect(response.headers["etag"] == [tag])
            #expect(response.headers["strict-transport-security"] == ["max-age=63072000; includeSubDomains"])
            let described = Set(guards.compactMap { $0.split(separator: ":").first.map(String.init) })
            #expect(described.isDisjoint(with: response.headers.map(\.name)))
        }
    }

    @Test func `https adds HSTS and makes cookies secure`() async throws {
        try await TestSite.with(isHTTPS: true) { site in
            for uri in ["/health", "/", "/nowhere", "/api/nowhere", "/app.css", "/dashboard", "/%", "/api/auth/ok"] {
                let response = await site.send(.GET, uri)
                #expect(response.headers["strict-transport-security"] == ["max-age=63072000; includeSubDomains"])
            }
            let response = await site.send(.GET, "/login")
            let cookie = try #require(response.headers["set-cookie"].first)
            #expect(cookie.hasPrefix("__Host-latchkey.visitor="))
            #expect(cookie.hasSuffix("; Path=/; HttpOnly; Secure; SameSite=Lax"))
        }
    }

    @Test func `health is that of the process, readiness that of the database`() async throws {
        try await TestSite.with(readinessProblem: "The database does not respond.") { site in
            #expect(await site.send(.GET, "/health").status == .ok)
            let response = await site.send(.GET, "/ready")
            #expect(response.status == .serviceUnavailable)
            #expect(response.detail == "The database does not respond.")
            #expect(response.headers["retry-after"] == ["2"])
        }
        try await TestSite.with { site in
            #expect(await site.send(.GET, "/ready").text == #"{"status":"ready"}"#)
        }
    }

    @Test func `the state of each part is for clients of this machine`() async throws {
        let since = Timestamp(milliseconds: 1_800_000_000_000)
        let health = MailHealth()
        #expect(health.hold(because: "535 no", at: since))
        let mail = MailStatus(problem: health.problem, waiting: 3, undeliverable: 1, expired: 2)
        let backup = BackupStatus(state: .late, problem: nil, lastAt: since, age: 100_000)
        let status = ServerStatus(problem: nil, disk: (5, 7), mail: mail, backup: backup)
        try await TestSite.with(status: status) { site in
            let shown = await site.send(.GET, "/ready?verbose")
            #expect(shown.status == .ok)
            #expect(
                shown.text
                    == #"{"status":"ready","database":{"status":"ok"},"disk":{"status":"low","free_bytes":5,"reserve_bytes":7},"mail":{"status":"held","problem":"535 no","since":"\#(since.rfc3339)","waiting":3,"undeliverable":1,"expired":2},"backup":{"status":"late","last_at":"\#(since.rfc3339)","age_seconds":100000}}"#
            )
            #expect(await site.send(.GET, "/ready").text == #"{"status":"ready"}"#)
            for (headers, peer) in [
                ([:], "203.0.113.7"), (["x-forwarded-for": "127.0.0.1"], "127.0.0.1"),
                (["forwarded": "for=127.0.0.1"], "127.0.0.1"), (["x-real-ip": "203.0.113.7"], "127.0.0.1"),
                (["via": "1.1 proxy"], "127.0.0.1"), ([:], nil),
            ] as [(HTTPHeaders, String?)] {
                let response = await site.send(.GET, "/ready?verbose", headers, peerAddress: peer)
                #expect(response.text == #"{"status":"ready"}"#)
            }
        }
        let broken = ServerStatus(problem: "The database does not respond.", disk: nil, mail: nil)
        try await TestSite.with(readinessProblem: broken.problem, status: broken) { site in
            let shown = await site.send(.GET, "/ready?verbose=1")
            #expect(shown.status == .serviceUnavailable)
            #expect(
                shown.text
                    == #"{"status":"unavailable","database":{"status":"failed","problem":"The database does not respond."}}"#
            )
        }
    }

    @Test func `a 404 is JSON for programs and a page for people`() async throws {
        try await TestSite.with { site in
            let api = await site.send(.GET, "/api/nowhere/at/all/x")
            #expect(api.status == .notFound)
            #expect(api.headers["content-type"] == ["application/problem+json"])
            #expect(api.detail == "There is nothing at this address.")

            let page = await site.send(.GET, "/nowhere")
            #expect(page.status == .notFound)
            #expect(page.headers["content-type"] == ["text/html; charset=utf-8"])
            #expect(page.text.contains("This page does not exist"))
            #expect(page.text.contains("test-1"))
        }
    }

    @Test func `an unexpected error reveals only the number of its log entry`() async throws {
        try await TestSite.with { site in
            let alice = try await site.signUp("alice")
            try await site.database.write { _ = try $0.execute("DROP TABLE tasks") }
            let response = await alice.send(.GET, "/api/tasks")
            #expect(response.status == .internalServerError)
            #expect(response.detail == "Something went wrong on our side. It was logged as test-1.")
            #expect(!response.text.contains("SQL"))
            #expect(!response.text.contains("tasks"))
        }
    }
}

@Suite struct CORSTests {
    @Test func `a trusted origin passes the preflight and may call`() async throws {
        try await TestSite.with(trustedOrigins: ["http://localhost:3000"]) { site in
            let preflight = await site.send(
                .OPTIONS, "/api/tasks",
                [
                    "origin": "http://localhost:3000", "access-control-request-method": "POST",
                    "access-control-request-headers": "authorization, content-type",
                ])
            #expect(preflight.status == .noContent)
            #expect(preflight.headers["access-control-allow-origin"] == ["http://localhost:3000"])
            #expect(preflight.headers["access-control-allow-credentials"] == ["true"])
            #expect(preflight.headers["access-control-max-age"] == ["600"])
            #expect(preflight.headers["vary"] == ["Origin"])

            let answer = await site.send(.GET, "/api/tasks", ["origin": "http://localhost:3000"])
            #expect(answer.status == .unauthorized)
            #expect(answer.headers["access-control-allow-origin"] == ["http://localhost:3000"])
        }
    }

    @Test(arguments: [
        "http://evil.example", "null", "http://localhost:30000", "http://localhost",
        "http://localhost:3000.evil.example",
        "https://localhost:3000", "http://LOCALHOST:3000", "",
    ])
    func `no other origin may call`(origin: String) async throws {
        try await TestSite.with(trustedOrigins: ["http://localhost:3000"]) { site in
            for method in [HTTPMethod.OPTIONS, .GET] {
                let response = await site.send(
                    method, "/api/tasks", ["origin": origin, "access-control-request-method": "POST"])
                #expect(!response.headers.contains(name: "access-control-allow-origin"))
                #expect(response.headers["vary"] == ["Origin"])
            }
        }
    }
}
