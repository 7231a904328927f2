import HTTPServer
import NIOHTTP1
import Testing

@Suite struct AccountHandlersTests {
    private static let cookie = "better-auth.session_token"

    @Test func `signs up, out and in again`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            #expect(alice.page.text.contains("What’s first?"))
            #expect(alice.page.text.contains(#"id="examples""#))
            await alice.open("/dashboard?view=trash")
            #expect(alice.page.text.contains("The trash is empty"))
            #expect(!alice.page.text.contains(#"id="examples""#))
            await alice.submit("/logout", [:])
            #expect(alice.page.text.contains("You are signed out."))
            #expect(alice.cookies[Self.cookie] == nil)
            await alice.submit("/login", ["email": "ALICE@example.com", "password": "kept-by-lice"])
            #expect(alice.page.status == .ok)
            #expect(alice.page.text.contains("alice"))
        }
    }

    @Test func `the session cookie is exactly Better Auth's`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            await alice.open("/signup")
            let response = await alice.post(
                "/signup", ["email": "a@example.com", "password": "password123"], token: alice.formToken)
            #expect(response.status == .seeOther)
            #expect(response.headers["location"] == ["/dashboard"])
            #expect(response.headers["cache-control"] == ["no-store"])
            let cookie = try #require(response.headers["set-cookie"].first)
            #expect(
                cookie.wholeMatch(
                    of:
                        /better-auth\.session_token=[A-Za-z0-9]{32}\.[A-Za-z0-9%]+%3D; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax/
                )
                    != nil)
        }
    }

    @Test func `errors are shown beside their fields, and the input is kept`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            await alice.open("/signup")
            await alice.submit("/signup", ["email": "not <an> address", "username": "Al\"ice", "password": "short"])
            #expect(alice.page.status == .unprocessableEntity)
            let text = alice.page.text
            #expect(text.contains(#"value="not &lt;an&gt; address""#))
            #expect(text.contains(#"value="Al&#34;ice""#))
            #expect(text.contains(#"id="email-error">Enter an e-mail address"#))
            #expect(text.contains(#"id="password-error">The password must have at least 8 characters."#))
            #expect(!text.contains("short"))

            try await Browser(site).signUp("bob")
            await alice.submit("/signup", ["email": "bob@example.com", "password": "password123"])
            #expect(alice.page.status == .badRequest)
            #expect(alice.page.text.contains("already has an account"))
        }
    }

    @Test func `a failed login is 401 and says no more than that`() async throws {
        try await TestSite.with { site in
            try await Browser(site).signUp("alice")
            let visitor = Browser(site)
            await visitor.open("/login?next=/dashboard%3Fshow%3Dopen")
            var pages: [String] = []
            for email in ["alice@example.com", "nobody@example.com"] {
                let response = await visitor.submit(
                    "/login", ["email": email, "password": "wrong-password", "next": "/dashboard?show=open"])
                #expect(response.status == .unauthorized)
                #expect(!response.headers.contains(name: "www-authenticate"))
                pages.append(response.text.replacing(email, with: "EMAIL"))
            }
            #expect(pages[0] == pages[1])
            #expect(pages[0].contains("The e-mail address or the password is wrong."))
            #expect(pages[0].contains(#"name="next" value="/dashboard?show=open""#))
        }
    }

    @Test func `signing in continues to the requested page, if that is ours`() async throws {
        try await TestSite.with { site in
            try await Browser(site).signUp("alice")
            for (next, location) in [
                ("/dashboard?show=done", "/dashboard?show=done"), ("//evil.example", "/dashboard"),
                ("https://evil.example", "/dashboard"), ("/\\evil.example", "/dashboard"), ("", "/dashboard"),
            ] {
                let browser = Browser(site)
                await browser.open("/login")
                let response = await browser.post(
                    "/login", ["email": "alice@example.com", "password": "kept-by-lice", "next": next],
                    token: browser.formToken)
                #expect(response.status == .seeOther)
                #expect(response.headers["location"] == [location])
            }
            let visitor = await site.send(.GET, "/dashboard?show=open")
            #expect(visitor.headers["location"] == ["/login?next=%2Fdashboard%3Fshow%3Dopen"])
        }
    }

    @Test func `signing in again ends the browser's earlier session`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            let old = alice.cookies[Self.cookie]
            _ = await alice.post(
                "/login", ["email": "alice@example.com", "password": "kept-by-lice"], token: alice.formToken)
            #expect(alice.cookies[Self.cookie] != old)

            let thief = Browser(site)
            thief.keep(Self.cookie, old)
            await thief.open("/dashboard")
            #expect(thief.page.text.contains("<h1>Sign in</h1>"))
        }
    }

    @Test func `a session that was signed out opens nothing, whether its cookie is kept or forged`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            let cookie = alice.cookies[Self.cookie]
            await alice.submit("/logout", [:])
            for value in [cookie, "x.y", "", "a.b.c", String(repeating: "x", count: 4000)] {
                let thief = Browser(site)
                thief.keep(Self.cookie, value)
                await thief.open("/dashboard")
                #expect(thief.page.status == .ok)
                #expect(thief.page.text.contains("<h1>Sign in</h1>"))
            }
        }
    }

    @Test(arguments: ["/signup", "/login", "/logout", "/tasks"])
    func `a form without its token, or with another's, is refused`(path: String) async throws {
        try await TestSite.with { site in
            let (alice, bob) = (Browser(site), Browser(site))
            try await alice.signUp("alice")
            try await bob.signUp("bob")
            if path == "/signup" || path == "/login" { alice.forget(Self.cookie) }
            for token in [nil, "", "x", bob.formToken] {
                let response = await alice.post(path, ["title": "x", "email": "a@b.cd"], token: token)
                #expect(response.status == .forbidden, "\(path) \(token ?? "none")")
            }
            await bob.open("/dashboard")
            #expect(bob.taskIDs.isEmpty)
        }
    }

    @Test(arguments: [
        "http://evil.example", "null", "http://tasks.test.evil.example", "http://tasks.test:81", "https://tasks.tes",
    ])
    func `a form from another site is refused, even with the right token`(origin: String) async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            alice.origin = origin
            let response = await alice.post("/tasks", ["title": "x"], token: alice.formToken)
            #expect(response.status == .forbidden)
            #expect(response.text.contains("another site"))
        }
    }

    @Test func `a GET changes nothing`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            #expect(await alice.open("/logout").status == .methodNotAllowed)
            await alice.open("/dashboard")
            #expect(alice.page.text.contains("New task</label>"))
        }
    }

    @Test func `signed-in users are not asked to sign in`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            for path in ["/", "/login", "/signup"] {
                await alice.open(path)
                #expect(alice.page.text.contains("New task</label>"), "\(path)")
            }
        }
    }

    @Test func `a page's session may call the API from our origin only`() async throws {
        try await TestSite.with(trustedOrigins: ["http://front.test"]) { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            let cookie = "\(Self.cookie)=\(alice.cookies[Self.cookie] ?? "")"
            func add(_ headers: HTTPHeaders) async -> HTTPResponseStatus {
                var headers = headers
                headers.add(name: "cookie", value: cookie)
                headers.add(name: "content-type", value: "application/json")
                return await site.send(.POST, "/api/tasks", headers, body: #"{"title":"x"}"#).status
            }
            #expect(await add(["origin": "http://tasks.test"]) == .created)
            #expect(await add(["origin": "http://front.test", "sec-fetch-site": "cross-site"]) == .created)
            #expect(await add(["origin": "http://evil.example"]) == .forbidden)
            #expect(await add(["origin": "null"]) == .forbidden)
            #expect(await add(["sec-fetch-site": "cross-site"]) == .forbidden)
            #expect(await add(["sec-fetch-site": "same-site"]) == .forbidden)
        }
    }
}
