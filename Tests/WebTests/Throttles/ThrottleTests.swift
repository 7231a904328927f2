import Auth
import Domain
import HTTPServer
import NIOHTTP1
import Testing

/// One limiter for all sign-in routes, and the response of each when the limit is reached.
@Suite struct ThrottleTests {
    private static let json: HTTPHeaders = ["content-type": "application/json"]

    /// Three wrong passwords a minute from one address, six for one account, two sign-ups.
    private static func rules() throws -> ThrottleRules {
        func limit(_ attempts: Int) throws -> [ThrottleLimit] {
            [try #require(ThrottleLimit(attempts: attempts, seconds: 60))]
        }
        return ThrottleRules(
            address: try limit(3), account: try limit(6), device: try limit(2), signUp: try limit(2),
            exemptsLocalSignUps: true)
    }

    private static func body(_ email: String, _ password: String) -> String {
        #"{"email":"\#(email)","password":"\#(password)"}"#
    }

    private func signIn(
        _ site: TestSite, _ password: String = "wrong one", email: String = "alice@example.com",
        from address: String = "192.0.2.1", path: String = "signin", _ more: HTTPHeaders = [:]
    ) async -> Response {
        var headers = Self.json
        headers.add(contentsOf: more)
        return await site.send(
            .POST, "/api/auth/\(path)", headers, body: Self.body(email, password), peerAddress: address)
    }

    @Test func `the API explains a throttled attempt and says when to retry`() async throws {
        try await TestSite.with(throttleRules: try Self.rules()) { site in
            _ = try await site.signUp("alice")
            for _ in 0..<3 { #expect(await signIn(site).status == .unauthorized) }
            let response = await signIn(site, "kept-by-lice")
            #expect(response.status == .tooManyRequests)
            #expect(response.headers["content-type"] == ["application/problem+json"])
            #expect(response.detail == "Too many attempts. Try again in 60 seconds.")
            for (name, value) in [
                ("retry-after", "60"), ("ratelimit-limit", "3"), ("ratelimit-remaining", "0"),
                ("ratelimit-reset", "60"),
                ("cache-control", "no-store"),
            ] { #expect(response.headers[name] == [value], "\(name)") }
            site.clock.advance(seconds: 60)
            #expect(await signIn(site, "kept-by-lice").status == .ok)
        }
    }

    @Test func `Better Auth's client gets the throttling error that it knows`() async throws {
        try await TestSite.with(throttleRules: try Self.rules()) { site in
            for _ in 0..<3 { #expect(await signIn(site, path: "sign-in/email").status == .unauthorized) }
            let response = await signIn(site, path: "sign-in/email")
            #expect(response.status == .tooManyRequests)
            #expect(response.text == #"{"message":"Too many requests. Please try again later."}"#)
            #expect(response.headers["content-type"] == ["text/plain;charset=UTF-8"])
            #expect(response.headers["x-retry-after"] == ["60"])
            #expect(response.headers["retry-after"] == ["60"])
        }
    }

    @Test func `a page shows the form again, with what was typed and never the password`() async throws {
        try await TestSite.with(throttleRules: try Self.rules()) { site in
            let visitor = Browser(site)
            await visitor.open("/login")
            for _ in 0..<3 {
                await visitor.submit("/login", ["email": "alice@example.com", "password": "a-wrong-guess"])
                #expect(visitor.page.status == .unauthorized)
            }
            await visitor.submit("/login", ["email": "alice@example.com", "password": "a-wrong-guess"])
            #expect(visitor.page.status == .tooManyRequests)
            #expect(visitor.page.headers["retry-after"] == ["60"])
            #expect(visitor.page.text.contains("Too many attempts. Try again in 60 seconds."))
            #expect(visitor.page.text.contains(#"value="alice@example.com""#))
            #expect(!visitor.page.text.contains("a-wrong-guess"))
        }
    }

    @Test func `all sign-in routes share one count`() async throws {
        try await TestSite.with(throttleRules: try Self.rules()) { site in
            let visitor = Browser(site)
            await visitor.open("/login")
            await visitor.submit("/login", ["email": "alice@example.com", "password": "wrong one"])
            #expect(await signIn(site, from: "127.0.0.1").status == .unauthorized)
            #expect(await signIn(site, from: "127.0.0.1", path: "sign-in/email").status == .unauthorized)
            #expect(await signIn(site, from: "127.0.0.1").status == .tooManyRequests)
            #expect(await signIn(site, from: "127.0.0.1", path: "sign-in/email").status == .tooManyRequests)
            await visitor.submit("/login", ["email": "alice@example.com", "password": "wrong one"])
            #expect(visitor.page.status == .tooManyRequests)
        }
    }

    @Test func `an unknown account is throttled just the same`() async throws {
        try await TestSite.with(throttleRules: try Self.rules()) { site in
            _ = try await site.signUp("alice")
            var answers: [[String]] = []
            for email in ["alice@example.com", "nobody@example.com"] {
                var seen: [String] = []
                for number in 0..<9 {
                    let response = await signIn(site, email: email, from: "198.51.100.\(number)")
                    seen.append("\(response.status.code) \(response.headers.map { "\($0)" }) \(response.text)")
                }
                answers.append(seen)
            }
            #expect(answers[0] == answers[1])
            #expect(answers[0].filter { $0.hasPrefix("429") }.count == 3)
        }
    }

    @Test func `the owner's browser still signs in while others attack the account`() async throws {
        try await TestSite.with(throttleRules: try Self.rules()) { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            let device = try #require(alice.cookies["latchkey.device"])
            await alice.submit("/logout", [:])
            #expect(alice.cookies["latchkey.device"] == device)
            for number in 0..<20 { _ = await signIn(site, from: "198.51.100.\(number)") }
            for _ in 0..<20 { _ = await signIn(site, from: "127.0.0.1") }
            #expect(await signIn(site, "kept-by-lice", from: "203.0.113.1").status == .tooManyRequests)

            await alice.submit("/login", ["email": "alice@example.com", "password": "kept-by-lice"])
            #expect(alice.page.status == .ok)
            #expect(alice.cookies["better-auth.session_token"] != nil)
            let cookie: HTTPHeaders = ["cookie": "latchkey.device=\(device)"]
            #expect(await signIn(site, "kept-by-lice", from: "203.0.113.1", cookie).status == .ok)
        }
    }

    @Test func `a program signs in from an address where it has a session`() async throws {
        try await TestSite.with(throttleRules: try Self.rules()) { site in
            _ = try await site.signUp("alice")
            for number in 0..<20 { _ = await signIn(site, from: "198.51.100.\(number)") }
            #expect(await signIn(site, "kept-by-lice", from: "203.0.113.1").status == .tooManyRequests)
            #expect(await signIn(site, "kept-by-lice", from: "127.0.0.1").status == .ok)
        }
    }

    @Test func `the device's cookie is as safe as the session's`() async throws {
        for (isHTTPS, name, secure) in [(false, "latchkey.device", ""), (true, "__Host-latchkey.device", "; Secure")] {
            try await TestSite.with(isHTTPS: isHTTPS) { site in
                let alice = Browser(site)
                await alice.open("/signup")
                let response = await alice.post(
                    "/signup", ["email": "a@example.com", "password": "wool-sky"], token: alice.formToken)
                let cookie = try #require(response.headers["set-cookie"].first { $0.contains(".device=") })
                #expect(cookie.hasPrefix(name + "="))
                #expect(cookie.hasSuffix("; Max-Age=15552000; Path=/; HttpOnly\(secure); SameSite=Lax"))
            }
        }
    }

    @Test func `a session that guesses passwords is throttled, and others are not`() async throws {
        try await TestSite.with(throttleRules: try Self.rules()) { site in
            let alice = try await site.signUp("alice")
            var statuses: [HTTPResponseStatus] = []
            for (path, body) in [
                ("change-password", #"{"currentPassword":"wrong one","newPassword":"another one"}"#),
                ("verify-password", #"{"password":"wrong one"}"#), ("delete-user", #"{"password":"wrong one"}"#),
                ("verify-password", #"{"password":"kept-by-lice"}"#),
            ] {
                let headers: HTTPHeaders = ["cookie": try await cookie(of: site), "origin": "http://tasks.test"]
                var all = Self.json
                all.add(contentsOf: headers)
                statuses.append(await site.send(.POST, "/api/auth/\(path)", all, body: body).status)
            }
            #expect(statuses == [.badRequest, .badRequest, .badRequest, .tooManyRequests])
            #expect(await alice.send(.GET, "/api/tasks").status == .ok)
        }
    }

    /// A session of Alice's from another place, each time a new one.
    private func cookie(of site: TestSite) async throws -> String {
        let response = await signIn(site, "kept-by-lice", from: "203.0.113.1", path: "sign-in/email")
        return String(try #require(response.headers["set-cookie"].first).prefix { $0 != ";" })
    }

    @Test func `sign-ups count whatever their outcome, mistakes in the form do not`() async throws {
        try await TestSite.with(throttleRules: try Self.rules()) { site in
            func signUp(_ email: String, _ password: String = "wool-sky") async -> Response {
                await site.send(
                    .POST, "/api/auth/signup", Self.json, body: Self.body(email, password), peerAddress: "192.0.2.1")
            }
            for _ in 0..<5 { #expect(await signUp("nope", "short").status == .unprocessableEntity) }
            #expect(await signUp("a@example.com").status == .created)
            #expect(await signUp("a@example.com").status == .badRequest)
            let response = await signUp("b@example.com")
            #expect(response.status == .tooManyRequests)
            #expect(response.headers["ratelimit-limit"] == ["2"])
            let better = await site.send(
                .POST, "/api/auth/sign-up/email", Self.json,
                body: #"{"name":"B","email":"b@example.com","password":"wool-sky"}"#, peerAddress: "192.0.2.1")
            #expect(better.status == .tooManyRequests)
        }
    }

    @Test func `while a limit holds no hash is computed`() async throws {
        let hasher = try PasswordHasher(cost: 4, threads: 1)
        try await TestSite.with(throttleRules: try Self.rules(), hasher: hasher) { site in
            for _ in 0..<3 { _ = await signIn(site) }
            // The hasher is shut down: an attempt that needed a hash would be 503.
            hasher.shutDown()
            #expect(await signIn(site).status == .tooManyRequests)
            #expect(await signIn(site, from: "192.0.2.2").status == .serviceUnavailable)
        }
    }

    @Test func `when hashing is overloaded the response comes at once, and reads are not affected`() async throws {
        let hasher = try PasswordHasher(cost: 4, threads: 1, capacity: 0)
        try await TestSite.with(hasher: hasher) { site in
            let response = await signIn(site)
            #expect(response.status == .serviceUnavailable)
            #expect(response.headers["retry-after"] == ["5"])
            #expect(response.detail == "Too many people are signing in just now. Try again in a moment.")
            #expect(await signIn(site, path: "sign-in/email").status == .serviceUnavailable)
            #expect(await site.send(.GET, "/health").status == .ok)
            #expect(await site.send(.GET, "/login").status == .ok)
        }
    }
}
