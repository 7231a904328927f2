import HTTPServer
import NIOHTTP1
import TestSupport
import Testing

@Suite struct AccountDeletionPageTests {
    private static let cookie = "better-auth.session_token"

    private func newcomer(_ site: TestSite, _ name: String = "alice") async throws -> Browser {
        let browser = Browser(site)
        try await browser.signUp(name)
        try #require(await browser.open("/account").status == .ok)
        return browser
    }

    private static let signIn: KeyValuePairs = ["email": "alice@example.com", "password": "kept-by-lice"]

    /// The offer to keep the account, as a browser without JavaScript sees it.
    private func offer(_ site: TestSite) async throws -> (browser: Browser, ticket: String) {
        let browser = Browser(site)
        await browser.open("/login")
        await browser.submit("/login", Self.signIn)
        try #require(browser.page.status == .ok)
        let ticket = try #require(browser.page.text.firstMatch(of: /name="ticket" value="([^"]+)"/)?.1)
        return (browser, String(ticket))
    }

    @Test func `deleting needs no password shortly after signing in, and needs it later`() async throws {
        try await TestSite.with { site in
            let alice = try await newcomer(site)
            #expect(!alice.page.text.contains(#"id="password""#))
            site.clock.advance(seconds: 600)
            // The form from before, without the field.
            await alice.submit("/account/delete", [:])
            #expect(alice.page.status == .forbidden)
            #expect(alice.page.text.contains(#"id="password-error">Enter your password."#))
            await alice.submit("/account/delete", ["password": "kept-by-mice"])
            #expect(alice.page.status == .forbidden)
            #expect(alice.page.text.contains(#"id="password-error">This is not your password."#))
            #expect(alice.page.text.contains(#"id="current_password-error"></p>"#))
            await alice.submit("/account/delete", ["password": "kept-by-lice"])
            #expect(alice.page.status == .ok && alice.page.text.contains("Your account will be deleted in 30 days."))
            #expect(alice.cookies[Self.cookie] == nil)
        }
    }

    @Test func `a form from another site deletes nothing`() async throws {
        try await TestSite.with { site in
            let (alice, bob) = (try await newcomer(site), try await newcomer(site, "bob"))
            for token in [nil, "", bob.formToken] {
                #expect(await alice.post("/account/delete", [:], token: token).status == .forbidden)
            }
            #expect(await alice.open("/account/delete").status == .methodNotAllowed)
            #expect(await alice.open("/account").text.contains("<h1>Account</h1>"))
        }
    }

    @Test func `a sign-in offers to keep the account, and the button keeps it`() async throws {
        try await TestSite.with { site in
            let alice = try await newcomer(site)
            await alice.submit("/account/delete", [:])
            let (browser, ticket) = try await offer(site)
            #expect(browser.page.text.contains("<h1>Keep your account?</h1>"))
            #expect(browser.cookies[Self.cookie] == nil)
            #expect(await browser.open("/dashboard").text.contains("<h1>Sign in</h1>"))
            await browser.open("/login")
            await browser.submit("/account/return", ["ticket": ticket])
            #expect(browser.page.status == .ok && browser.page.text.contains("Welcome back. Your account stays."))
            #expect(browser.cookies[Self.cookie] != nil)
            // Once is enough.
            let (other, _) = (Browser(site), 0)
            await other.open("/login")
            await other.submit("/login", Self.signIn)
            #expect(other.page.text.contains("What’s first?"))
        }
    }

    @Test func `a ticket is valid in its browser for ten minutes, and cannot be forged`() async throws {
        try await TestSite.with { site in
            let alice = try await newcomer(site)
            await alice.submit("/account/delete", [:])
            let (browser, ticket) = try await offer(site)
            let thief = Browser(site)
            await thief.open("/login")
            for text in [ticket, "", "x", String(ticket.dropLast())] {
                let response = await thief.post("/account/return", ["ticket": text], token: thief.formToken)
                #expect(response.status == .forbidden)
                #expect(response.text.contains("Sign in again."))
            }
            #expect(await browser.post("/account/return", ["ticket": ticket], token: nil).status == .forbidden)
            #expect(await browser.open("/account/return").status == .methodNotAllowed)
            await browser.open("/login")
            site.clock.advance(seconds: 600)
            let late = await browser.post("/account/return", ["ticket": ticket], token: browser.formToken)
            #expect(late.status == .forbidden)
            #expect(thief.cookies[Self.cookie] == nil && browser.cookies[Self.cookie] == nil)
        }
    }

    @Test func `programs are told that the account is inactive`() async throws {
        try await TestSite.with { site in
            let program = try await site.signUp("alice")
            let alice = Browser(site)
            await alice.open("/login")
            await alice.submit("/login", Self.signIn)
            await alice.open("/account")
            await alice.submit("/account/delete", [:])
            #expect(await program.send(.GET, "/api/tasks").status == .unauthorized)
            let json: HTTPHeaders = ["content-type": "application/json"]
            let body = #"{"email":"alice@example.com","password":"kept-by-lice"}"#
            let api = await site.send(.POST, "/api/auth/signin", json, body: body)
            #expect(api.status == .unauthorized && api.detail == "Account is inactive")
            let client = await site.send(.POST, "/api/auth/sign-in/email", json, body: body)
            #expect(client.status == .unauthorized)
            #expect(client.text == #"{"message":"Account is inactive","code":"ACCOUNT_IS_INACTIVE"}"#)
            let taken = await site.send(.POST, "/api/auth/signup", json, body: body)
            #expect(taken.status == .badRequest && taken.detail == "Email already registered")
            // A wrong password gets the usual response.
            let wrong = await site.send(
                .POST, "/api/auth/signin", json, body: #"{"email":"alice@example.com","password":"kept-by-mice"}"#)
            #expect(wrong.status == .unauthorized && wrong.detail == "Invalid credentials")
        }
    }

    @Test func `Better Auth's client requests the deletion as well`() async throws {
        try await TestSite.with { site in
            let json: HTTPHeaders = ["content-type": "application/json"]
            let up = await site.send(
                .POST, "/api/auth/sign-up/email", json,
                body: #"{"name":"Alice","email":"alice@example.com","password":"kept-by-lice"}"#)
            let token = try #require(up.headers.first(name: "set-auth-token"))
            let deleted = await site.send(
                .POST, "/api/auth/delete-user",
                ["content-type": "application/json", "authorization": "Bearer \(token)"],
                body: "{}")
            #expect(deleted.status == .ok)
            #expect(deleted.text == #"{"success":true,"message":"User deleted"}"#)
            #expect(try await site.auditRecords().last?.event == "user_deletion_requested")
            let (browser, ticket) = try await offer(site)
            await browser.submit("/account/return", ["ticket": ticket])
            #expect(browser.page.text.contains("Welcome back."))
        }
    }
}
