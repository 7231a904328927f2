import Auth
import Domain
import HTTPServer
import TestSupport
import Testing

@testable import Web

/// Signing in with a provider on the pages.
@Suite struct ProviderPagesTests {
    /// Signs in at the provider with the button of the page that is open.
    @discardableResult
    private func visit(
        _ browser: Browser, _ site: TestSite, _ path: String = "/login/providers/test", as subject: String = "sub-1",
        email: String? = nil, _ fields: KeyValuePairs<String, String> = [:]
    ) async throws -> Response {
        await browser.submit(path, fields)
        try #require(browser.page.status == .ok)
        return await browser.open(try site.provider.callback(after: browser.page, as: subject, email: email))
    }

    @Test func `the sign-in page has the provider's button, which leads to the list`() async throws {
        try await TestSite.with(hasProvider: true) { site in
            let browser = Browser(site)
            await browser.open("/login")
            #expect(browser.page.text.contains(#"formaction="/login/providers/test""#))
            #expect(browser.page.text.contains("Sign in with Test ID"))
            await browser.submit("/login/providers/test", ["next": "/account", "time_zone": "Europe/Berlin"])
            #expect(browser.page.text.contains("<h1>On to Test ID</h1>"))
            #expect(browser.page.headers["cache-control"] == ["no-store"])
            #expect(browser.cookies["latchkey.provider"]?.count == 32)
            await browser.open(
                try site.provider.callback(after: browser.page, as: "sub-1", email: "alice@example.com"))
            #expect(browser.page.status == .ok && browser.page.text.contains("<h1>Account</h1>"))
            let user = try #require(
                try await site.services.accountStore.user(EmailAddress(stored: "alice@example.com")))
            #expect(user.locale.timeZone == "Europe/Berlin" && user.isEmailVerified)
            #expect(browser.page.text.contains("Your account has no password."))
        }
    }

    @Test func `without a provider no page mentions one`() async throws {
        try await TestSite.with { site in
            let browser = Browser(site)
            try await browser.signUp("alice")
            await browser.open("/account")
            #expect(!browser.page.text.contains("/account/providers/"))
            let other = Browser(site)
            await other.open("/login")
            #expect(!other.page.text.contains("formaction") && other.page.text.contains("data-live"))
            #expect(await other.post("/login/providers/test", [:], token: other.formToken).status == .notFound)
            #expect(await site.send(.GET, "/api/auth/callback/test?state=x&code=x").status == .notFound)
        }
    }

    @Test func `a callback from another browser leads back, with a message`() async throws {
        try await TestSite.with(hasProvider: true) { site in
            let mallory = Browser(site)
            await mallory.open("/login")
            await mallory.submit("/login/providers/test", [:])
            let path = try site.provider.callback(after: mallory.page, as: "mallory", email: "mallory@example.com")
            // The answer to the attacker's visit, in the victim's browser.
            let victim = Browser(site)
            await victim.open("/login")
            await victim.submit("/login/providers/test", [:])
            await victim.open(path)
            #expect(victim.page.text.contains("That took too long, or began in another browser."))
            #expect(victim.cookies["better-auth.session_token"] == nil)
            let declined = try site.provider.callback(after: mallory.page, as: "mallory")
                .replacing(/code=[^&]*/, with: "error=access_denied")
            await mallory.open(declined)
            #expect(mallory.page.text.contains("You were not signed in at Test ID."))
        }
    }

    @Test func `accounts are linked and unlinked on the account page`() async throws {
        try await TestSite.with(hasProvider: true) { site in
            let browser = Browser(site)
            try await browser.signUp("alice")
            await browser.open("/account")
            try await visit(browser, site, "/account/providers/test", email: "other@example.com")
            #expect(browser.page.text.contains("confirm your e-mail address here first"))
            try await visit(browser, site, "/account/providers/test", email: "alice@example.com")
            #expect(browser.page.text.contains("Linked. You can sign in with it from now on."))
            let path = try #require(browser.page.text.firstMatch(of: /\/account\/linked\/[^"]+\/unlink/)?.0)
            site.clock.advance(seconds: RecentProof.lifetimeSeconds)
            #expect(await browser.post(String(path), [:], token: browser.formToken).status == .forbidden)
            await browser.submit(String(path), ["provider_password": "kept-by-lice"])
            #expect(browser.page.text.contains("Unlinked."))
            let kinds = try await site.auditRecords().map(\.kind)
            #expect(kinds.contains(.providerLinked) && kinds.contains(.providerUnlinked))
        }
    }

    @Test func `linking requires a recent proof`() async throws {
        try await TestSite.with(hasProvider: true) { site in
            let browser = Browser(site)
            try await browser.signUp("alice")
            site.clock.advance(seconds: RecentProof.lifetimeSeconds)
            await browser.open("/account")
            let refused = await browser.post("/account/providers/test", [:], token: browser.formToken)
            #expect(refused.status == .forbidden && refused.text.contains("Enter your password."))
            let wrong = await browser.post(
                "/account/providers/test", ["provider_password": "wrong"], token: browser.formToken)
            #expect(wrong.status == .forbidden)
            try await visit(
                browser, site, "/account/providers/test", email: "alice@example.com",
                ["provider_password": "kept-by-lice"])
            #expect(browser.page.text.contains("Linked."))
        }
    }

    @Test func `the owner of an account without a password confirms at the provider`() async throws {
        try await TestSite.with(hasProvider: true) { site in
            let browser = Browser(site)
            await browser.open("/login")
            try await visit(browser, site, email: "alice@example.com")
            site.clock.advance(seconds: RecentProof.lifetimeSeconds)
            await browser.open("/account")
            #expect(browser.page.text.contains("Confirm with Test ID"))
            let refused = await browser.post("/account/delete", [:], token: browser.formToken)
            #expect(refused.status == .forbidden && refused.text.contains("Confirm first that it is you"))
            try await visit(browser, site, "/account/providers/test/confirm")
            #expect(browser.page.text.contains("Confirmed. For ten minutes"))
            await browser.submit("/account/delete", [:])
            #expect(browser.page.text.contains("Your account will be deleted in 30 days."))
            // A sign-in with the provider offers to keep it.
            try await visit(browser, site)
            #expect(browser.page.text.contains("<h1>Keep your account?</h1>"))
        }
    }

    @Test func `where passwords are off, the pages have only the providers' buttons`() async throws {
        try await TestSite.with(hasProvider: true, allowsPasswords: false) { site in
            let browser = Browser(site)
            for path in ["/login", "/signup"] {
                await browser.open(path)
                #expect(!browser.page.text.contains(#"name="password""#) && browser.page.text.contains("Test ID"))
            }
            let post = await browser.post(
                "/login", ["email": "a@example.com", "password": "x"], token: browser.formToken)
            #expect(post.status == .forbidden && post.text.contains("turned off"))
            let api = await site.send(
                .POST, "/api/auth/signin", ["content-type": "application/json"],
                body: #"{"email":"a@example.com","password":"x"}"#)
            #expect(api.status == .forbidden)
            try await visit(browser, site, email: "alice@example.com")
            #expect(browser.cookies["better-auth.session_token"] != nil)
        }
    }

    @Test func `signing in on a shared device ends the session with the browser`() async throws {
        try await TestSite.with(hasProvider: true) { site in
            let browser = Browser(site)
            await browser.open("/login")
            try await visit(browser, site, email: "alice@example.com", ["passing": "yes"])
            let alice = try #require(
                try await site.services.accountStore.user(EmailAddress(stored: "alice@example.com")))
            let sessions = try await site.services.sessions.sessions(of: alice.id)
            #expect(sessions.map(\.isRemembered) == [false] && browser.cookies["latchkey.device"] == nil)
        }
    }
}
