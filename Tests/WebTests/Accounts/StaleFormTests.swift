import HTTPServer
import NIOHTTP1
import Testing

/// Forms that were shown before the session began or ended.
@Suite struct StaleFormTests {
    private static let session = "better-auth.session_token"

    /// A browser with an open login form, in which a user then signs in with another form.
    private func withTwoTabs(_ work: (TestSite, Browser, _ oldToken: String?) async throws -> Void) async throws {
        try await TestSite.with { site in
            try await Browser(site).signUp("alice")
            try await Browser(site).signUp("bob")
            let browser = Browser(site)
            await browser.open("/login")
            let token = browser.formToken
            await browser.submit("/login", ["email": "alice@example.com", "password": "kept-by-lice"])
            try #require(browser.page.status == .ok)
            try await work(site, browser, token)
        }
    }

    @Test func `the same account's password continues to the list, in the same session`() async throws {
        try await withTwoTabs { _, browser, token in
            let cookie = browser.cookies[Self.session]
            let response = await browser.post(
                "/login", ["email": "ALICE@example.com", "password": "kept-by-lice", "next": "/docs"], token: token)
            #expect(response.status == .seeOther)
            #expect(response.headers["location"] == ["/docs"])
            #expect(browser.cookies[Self.session] == cookie)
            #expect(await browser.open("/dashboard").text.contains("alice"))
        }
    }

    @Test func `a wrong password is refused`() async throws {
        try await withTwoTabs { _, browser, token in
            let response = await browser.post(
                "/login", ["email": "alice@example.com", "password": "kept-by-mice"], token: token)
            #expect(response.status == .unauthorized)
            #expect(response.text.contains("The e-mail address or the password is wrong."))
        }
    }

    @Test func `another account's password asks once more, and then switches accounts`() async throws {
        try await withTwoTabs { _, browser, token in
            let cookie = browser.cookies[Self.session]
            let fields: KeyValuePairs = ["email": "bob@example.com", "password": "kept-by-ob"]
            let response = await browser.post("/login", fields, token: token)
            #expect(response.status == .forbidden)
            #expect(response.text.contains("You are signed in as alice@example.com."))
            #expect(response.text.contains(#"value="bob@example.com""#))
            #expect(!response.text.contains("kept-by-ob"))
            #expect(browser.cookies[Self.session] == cookie)
            let fresh = response.text.firstMatch(of: /name="form_token" value="([^"]*)"/).map { String($0.1) }
            #expect(await browser.post("/login", fields, token: fresh).status == .seeOther)
            #expect(await browser.open("/dashboard").text.contains("bob"))
        }
    }

    @Test(arguments: [nil, "", "nonsense", "of another browser"])
    func `a form token of another browser signs no one in`(token: String?) async throws {
        try await withTwoTabs { site, browser, _ in
            var token = token
            if token == "of another browser" {
                let other = Browser(site)
                await other.open("/login")
                token = other.formToken
            }
            for (email, password) in [("alice@example.com", "kept-by-lice"), ("bob@example.com", "kept-by-ob")] {
                let cookie = browser.cookies[Self.session]
                let response = await browser.post("/login", ["email": email, "password": password], token: token)
                #expect(response.status == .forbidden)
                #expect(browser.cookies[Self.session] == cookie)
            }
            let newBrowser = Browser(site)
            await newBrowser.open("/login")
            let fields: KeyValuePairs = ["email": "alice@example.com", "password": "kept-by-lice"]
            #expect(await newBrowser.post("/login", fields, token: token).status == .forbidden)
            #expect(newBrowser.cookies[Self.session] == nil)
            // But the form that is shown again has a valid token.
            await newBrowser.open("/login")
            await newBrowser.submit("/login", fields)
            #expect(newBrowser.page.status == .ok)
        }
    }

    @Test func `a form from another site is not shown again, whatever its token`() async throws {
        try await withTwoTabs { _, browser, token in
            browser.origin = "http://evil.test"
            let fields: KeyValuePairs = ["email": "alice@example.com", "password": "kept-by-lice"]
            let response = await browser.post("/login", fields, token: token)
            #expect(response.status == .forbidden)
            #expect(response.text.contains("another site") && !response.text.contains("alice@example.com"))
        }
    }

    // MARK: A task that was being typed

    private static let text = "typed for \"ten\" minutes <b>"

    /// Types a task in a session that has ended, and gets the login form.
    private func typeTooLate(_ browser: Browser, _ path: String = "/tasks", task: String = "") async -> Response {
        await browser.open(task.isEmpty ? "/dashboard" : "/dashboard?edit=\(task)")
        let account = browser.page.text.firstMatch(of: /name="account" value="([^"]*)"/).map { String($0.1) } ?? ""
        let token = browser.formToken
        _ = await browser.post("/logout", [:], token: token)
        return await browser.post(
            path, ["title": Self.text, "description": "and\r\nmore", "account": account, "task": task], token: token)
    }

    private func draft(_ response: Response) -> String {
        response.text.firstMatch(of: /name="draft" value="([^"]*)"/).map { String($0.1) } ?? ""
    }

    private func logsIn(_ browser: Browser, _ name: String, _ draft: String) async -> Response {
        await browser.open("/login")
        return await browser.post(
            "/login", ["email": "\(name)@example.com", "password": "kept-by-\(name.dropFirst())", "draft": draft],
            token: browser.formToken)
    }

    private static let shown = #"value="typed for &#34;ten&#34; minutes &lt;b&gt;""#

    @Test func `a typed task is back in its form after signing in, and is not sent by itself`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            let answer = await typeTooLate(alice)
            #expect(answer.status == .unauthorized)
            #expect(answer.text.contains("You have been signed out."))
            #expect(!answer.text.contains("typed for"))
            let page = await logsIn(alice, "alice", draft(answer))
            #expect(page.status == .ok)
            #expect(page.text.contains(Self.shown) && page.text.contains("and\r\nmore</textarea>"))
            #expect(await alice.open("/dashboard").text.contains("What’s first?"))
        }
    }

    @Test func `an edit is back in its row's form, or in the new task's if the task is gone`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            await alice.open("/dashboard")
            await alice.submit("/tasks", ["title": "As it was"])
            let id = try #require(alice.taskIDs.first)
            for isGone in [false, true] {
                let answer = await typeTooLate(alice, "/tasks/\(id)", task: id)
                if isGone { try await site.database.write { _ = try $0.execute("DELETE FROM tasks") } }
                let page = await logsIn(alice, "alice", draft(answer))
                #expect(page.status == .ok && page.text.contains(Self.shown))
                #expect(page.text.contains(#"id="edit-title""#) != isGone)
            }
        }
    }

    @Test func `another account sees the typed text, but not in a form`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await Browser(site).signUp("bob")
            try await alice.signUp("alice")
            let page = await logsIn(alice, "bob", draft(await typeTooLate(alice)))
            #expect(page.status == .ok)
            #expect(page.text.contains("and was not added to yours") && page.text.contains("typed for"))
            #expect(!page.text.contains(Self.shown))
        }
    }

    @Test func `a typed text is not restored in another browser, after an hour, or altered`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            let draft = draft(await typeTooLate(alice))
            #expect(!draft.isEmpty)
            #expect(await logsIn(Browser(site), "alice", draft).status == .seeOther)
            #expect(await logsIn(Browser(site), "alice", String(draft.reversed())).status == .seeOther)
            site.clock.advance(seconds: 3601)
            #expect(await logsIn(alice, "alice", draft).status == .seeOther)
        }
    }

    @Test func `another site cannot prefill a form, and a text that is too long is dropped`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            let token = alice.formToken
            _ = await alice.post("/logout", [:], token: token)
            let fields: KeyValuePairs = ["title": "planted", "account": "x"]
            alice.origin = "http://evil.test"
            #expect(await alice.post("/tasks", fields, token: token).status == .forbidden)
            alice.origin = nil
            #expect(await alice.post("/tasks", fields, token: token).status == .seeOther)
            alice.origin = "http://tasks.test"
            let long: KeyValuePairs = ["title": String(repeating: "x", count: 100_000), "account": "x"]
            #expect(await alice.post("/tasks", long, token: token).status == .seeOther)
            #expect(await alice.post("/tasks", fields, token: token).status == .unauthorized)
        }
    }
}
