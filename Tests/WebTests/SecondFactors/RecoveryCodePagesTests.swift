import Auth
import Domain
import HTTPServer
import JSON
import NIOHTTP1
import TestSupport
import Testing

/// Recovery codes without a second factor, and the new passwords that wait for them, on the pages and in the API.
@Suite struct RecoveryCodePagesTests {
    private static let banner = "A new password for your account was asked for with two recovery codes."
    private static let day: Int64 = 86_400

    private func withAlice(hasMail: Bool = false, _ work: (TestSite, Browser) async throws -> Void) async throws {
        try await TestSite.with(hasMail: hasMail) { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            try #require(await alice.open("/account").status == .ok)
            try await work(site, alice)
        }
    }

    private func makeCodes(_ alice: Browser) async throws -> [String] {
        await alice.submit("/account/recovery-codes", [:])
        try #require(alice.page.status == .ok)
        let shown = alice.page.text.firstMatch(of: /<pre class="secret"><code>([^<]*)<\/code>/)?.1 ?? ""
        return shown.matches(of: /[0-9a-z]{5}-[0-9a-z]{5}/).map { String($0.0) }
    }

    /// Sends the form of a visitor.
    private func ask(
        _ site: TestSite, _ codes: [String], email: String = "alice@example.com", app: String = ""
    ) async -> Browser {
        let visitor = Browser(site)
        await visitor.open("/forgot/recovery-codes")
        await visitor.submit(
            "/forgot/recovery-codes",
            [
                "email": email, "first_code": codes[0], "second_code": codes[1], "app_code": app,
                "password": "another-one-9-9",
            ])
        return visitor
    }

    @Test func `codes are made, counted and removed on the account page`() async throws {
        try await withAlice { site, alice in
            #expect(alice.page.text.contains(#"id="recovery-codes">Recovery codes</h2>"#))
            #expect(!alice.page.text.contains("Remove them"))
            let codes = try await makeCodes(alice)
            #expect(codes.count == 10 && alice.page.headers["cache-control"] == ["no-store"])
            #expect(alice.page.text.contains("24 hours after you asked for it"))
            await alice.open("/account")
            #expect(alice.page.text.contains("Recovery codes left: 10.") && !alice.page.text.contains(codes[0]))
            site.clock.advance(seconds: 600)
            await alice.open("/account")
            #expect(alice.page.text.contains(#"id="codes_password""#))
            for path in ["/account/recovery-codes", "/account/recovery-codes/remove"] {
                await alice.submit(path, [:])
                #expect(alice.page.status == .forbidden && alice.page.text.contains("Enter your password."))
                await alice.submit(path, ["codes_password": "kept-by-mice"])
                #expect(alice.page.status == .forbidden && alice.page.text.contains("This is not your password."))
            }
            await alice.submit("/account/recovery-codes/remove", ["codes_password": "kept-by-lice"])
            #expect(alice.page.text.contains("The recovery codes are removed."))
            #expect(alice.page.text.contains("Recovery codes removed") && !alice.page.text.contains("Remove them"))
        }
    }

    @Test func `where mail is sent, recovery codes are not offered`() async throws {
        try await withAlice(hasMail: true) { site, alice in
            #expect(!alice.page.text.contains(#"id="recovery-codes""#))
            await alice.open("/forgot/recovery-codes")
            #expect(alice.page.text.contains("<h1>Forgot your password?</h1>"))
        }
    }

    @Test func `every page shows a new password that waits, and stops it without a proof`() async throws {
        try await withAlice { site, alice in
            let codes = try await makeCodes(alice)
            // The page is in the response cache.
            await alice.open("/dashboard")
            let visitor = await ask(site, codes)
            #expect(visitor.page.status == .ok && visitor.page.text.contains("The codes are right."))
            #expect(visitor.cookies["better-auth.session_token"] == nil)
            #expect(!visitor.page.text.contains(codes[0]) && !visitor.page.text.contains("another-one-9-9"))
            site.clock.advance(seconds: 3600)
            for path in ["/dashboard", "/account", "/docs"] {
                await alice.open(path)
                #expect(alice.page.status == .ok && alice.page.text.contains(Self.banner), "\(path)")
            }
            await visitor.open("/docs")
            #expect(!visitor.page.text.contains(Self.banner))
            await alice.open("/account")
            #expect(alice.page.text.contains("<strong>Password reset with recovery codes requested; it has to wait"))
            await alice.submit("/account/waiting-reset/stop", [:])
            #expect(alice.page.status == .ok && alice.page.text.contains("Stopped. The two codes are used up."))
            #expect(!alice.page.text.contains(Self.banner))
            await alice.submit("/account/waiting-reset/stop", [:])
            #expect(alice.page.text.contains("There is no password reset to stop."))
            site.clock.advance(seconds: Self.day)
            #expect(await ask(site, codes).page.status == .forbidden)
        }
    }

    @Test func `after a day the same codes set the password, and sign no one in`() async throws {
        try await withAlice { site, alice in
            let codes = try await makeCodes(alice)
            _ = await ask(site, codes)
            site.clock.advance(seconds: Self.day - 1)
            #expect(await ask(site, codes).page.text.contains("The codes are right."))
            site.clock.advance(seconds: 1)
            let visitor = await ask(site, codes)
            #expect(visitor.page.status == .ok && visitor.page.text.contains("Your new password is set."))
            #expect(visitor.cookies["better-auth.session_token"] == nil)
            await alice.open("/account")
            #expect(alice.page.text.contains("<h1>Sign in</h1>"))
            await alice.submit("/login", ["email": "alice@example.com", "password": "another-one-9-9"])
            #expect(alice.page.status == .ok && alice.cookies["better-auth.session_token"] != nil)
        }
    }

    @Test func `errors are answered alike, with and without an account, codes and a request`() async throws {
        try await withAlice { site, alice in
            let codes = try await makeCodes(alice)
            _ = await ask(site, codes)
            let bob = Browser(site)
            try await bob.signUp("bob")
            var answers: Set<String> = []
            for (email, typed) in [
                ("alice@example.com", ["00000-00000", codes[3]]), ("alice@example.com", [codes[0], codes[3]]),
                ("bob@example.com", [codes[2], codes[3]]), ("nobody@example.com", [codes[2], codes[3]]),
            ] {
                let visitor = await ask(site, typed, email: email, app: "123456")
                #expect(visitor.page.status == .forbidden)
                var text = visitor.page.text
                for value in [email] + typed { text.replace(value, with: "…") }
                text.replace(/name="form_token" value="[^"]*"/, with: "")
                let headers = visitor.page.headers.filter { $0.name != "set-cookie" }.map { "\($0.name): \($0.value)" }
                answers.insert(text + headers.joined(separator: "\n"))
            }
            #expect(answers.count == 1)
        }
    }

    @Test func `programs make, count and remove codes, and stop what waits`() async throws {
        try await TestSite.with { site async throws in
            let alice = try await site.signUp("alice")
            let path = "/api/auth/recovery-codes"
            let made = await alice.send(.POST, path)
            #expect(made.status == .created)
            guard case .array(let new)? = try made.jsonObject()["recovery_codes"], new.count == 10 else {
                throw TestSite.Unexpected()
            }
            let codes = new.compactMap { if case .string(let text) = $0 { text } else { nil } }
            #expect(try await alice.send(.GET, path).jsonObject()["waiting_reset"] == .null)
            #expect(await alice.send(.DELETE, "/api/auth/waiting-reset").status == .notFound)
            #expect(try await alice.send(.GET, "/api/auth/me").jsonObject()["password_reset_ready_at"] == nil)

            _ = await ask(site, codes)
            let state = try await alice.send(.GET, path).jsonObject()
            #expect(state["left"] == .integer(8))
            guard case .object(let reset)? = state["waiting_reset"] else { throw TestSite.Unexpected() }
            let ready = site.clock.now.adding(seconds: Self.day).rfc3339
            #expect(reset["ready_at"] == .string(ready))
            #expect(
                try await alice.send(.GET, "/api/auth/me").jsonObject()["password_reset_ready_at"] == .string(ready))

            // API tokens can neither see nor stop it.
            let made2 = await alice.send(.POST, "/api/tokens", json: #"{"name":"x","scopes":["account:read"]}"#)
            guard case .string(let text)? = try made2.jsonObject()["token"] else { throw TestSite.Unexpected() }
            let token = APIClient(site: site, token: text, userID: alice.userID)
            #expect(await token.send(.DELETE, "/api/auth/waiting-reset").status == .forbidden)
            #expect(await token.send(.GET, path).status == .forbidden)
            #expect(await token.send(.POST, path).status == .forbidden)

            site.clock.advance(seconds: RecentProof.lifetimeSeconds)
            #expect(await alice.send(.POST, path).status == .forbidden)
            #expect(await alice.send(.DELETE, path).status == .forbidden)
            #expect(await alice.send(.DELETE, "/api/auth/waiting-reset").status == .noContent)
            #expect(await alice.send(.POST, path, json: #"{"password":"wrong"}"#).status == .unauthorized)
            #expect(await alice.send(.POST, path, json: #"{"password":"kept-by-lice"}"#).status == .created)
            #expect(await alice.send(.DELETE, path, json: #"{"password":"kept-by-lice"}"#).status == .noContent)
            #expect(await alice.send(.DELETE, path, json: #"{"password":"kept-by-lice"}"#).status == .notFound)
        }
    }

    @Test func `admins see and stop a new password that waits, and the trail names them`() async throws {
        try await withAlice { site, alice in
            let codes = try await makeCodes(alice)
            let admin = try await site.signUp("carol")
            try await site.makeAdmin(admin)
            _ = await ask(site, codes)
            let id = try #require(
                try await site.services.accountStore.user(EmailAddress(stored: "alice@example.com"))?.id)
            let path = "/api/admin/users/\(id)"
            let seen = try await admin.send(.GET, path).jsonObject()
            #expect(seen["recovery_codes"] == .integer(8) && seen["password_reset_ready_at"] != .null)
            let browser = Browser(site)
            await browser.open("/login")
            await browser.submit("/login", ["email": "carol@example.com", "password": "kept-by-arol"])
            await browser.open("/admin/people/\(id)")
            #expect(browser.page.text.contains("8 left") && browser.page.text.contains("Stop the new password"))
            await browser.submit("/admin/people/\(id)/stop-reset", [:])
            #expect(browser.page.text.contains("Stopped. The two recovery codes are used up."))
            #expect(!browser.page.text.contains("Stop the new password"))
            let after = try await admin.send(.POST, "\(path)/stop-reset").jsonObject()
            #expect(after["password_reset_ready_at"] == .null)
            let records = try await site.auditRecords().filter { $0.kind == .resetStopped }
            #expect(records.map(\.actor) == ["admin: \(admin.userID)"])
        }
    }
}
