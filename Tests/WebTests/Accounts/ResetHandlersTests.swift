import Auth
import Basics
import Domain
import HTTPServer
import NIOHTTP1
import Storage
import Testing

@Suite struct ResetHandlersTests {
    /// A site with an account, alice's, and its administration.
    private func withSite(_ work: (TestSite, AccountAdministration, User) async throws -> Void) async throws {
        try await TestSite.with { site in
            try await Browser(site).signUp("alice")
            let administration = site.services.administration(by: .server)
            let alice = try #require(try await administration.user("alice@example.com"))
            try await work(site, administration, alice)
        }
    }

    @Test func `sets a new password once, and ends the sessions of the old one`() async throws {
        try await withSite { site, administration, alice in
            let before = Browser(site)
            await before.open("/login")
            await before.submit("/login", ["email": "alice@example.com", "password": "kept-by-lice"])
            #expect(before.page.status == .ok)
            let (token, _) = try await administration.makeResetToken(for: alice)

            let browser = Browser(site)
            // A program that previews the link uses nothing up.
            for _ in 0..<3 { await browser.open("/reset/\(token)") }
            #expect(browser.page.status == .ok)
            #expect(browser.page.text.contains("alice@example.com"))
            let fields: KeyValuePairs = ["token": token, "password": "a brand new password"]
            let twice = browser.formToken
            await browser.submit("/reset", fields)
            #expect(browser.page.text.contains("Your new password is set. Sign in with it."))
            #expect(await browser.post("/reset", fields, token: twice).status == .notFound)

            #expect(await before.open("/dashboard").text.contains("Sign in"))
            await browser.submit("/login", ["email": "alice@example.com", "password": "kept-by-lice"])
            #expect(browser.page.status == .unauthorized)
            await browser.submit("/login", ["email": "alice@example.com", "password": "a brand new password"])
            #expect(browser.page.status == .ok)

            let records = try await site.auditRecords()
            #expect(
                records.map(\.event) == [
                    "user_created", "authn_login_success", "authn_token_created", "authn_password_change",
                    "authn_token_reuse", "authn_login_fail", "authn_login_success",
                ])
            #expect(records[3].details == #"{"reason":"reset link","sessions_ended":"2"}"#)
            #expect(records[3].userID == alice.id && records[3].request == "POST /reset")
            #expect(!"\(records)".contains(token))
        }
    }

    @Test func `a password that breaks a rule leaves the link valid`() async throws {
        try await withSite { site, administration, alice in
            let (token, _) = try await administration.makeResetToken(for: alice)
            let browser = Browser(site)
            await browser.open("/reset/\(token)")
            await browser.submit("/reset", ["token": token, "password": "short"])
            #expect(browser.page.status == .unprocessableEntity)
            #expect(browser.page.text.contains(#"id="password-error">The password must have at least 8 characters."#))
            await browser.submit("/reset", ["token": token, "password": "long enough now"])
            #expect(browser.page.text.contains("Your new password is set."))
        }
    }

    @Test func `an expired or replaced link, and one of a deactivated user, is refused`() async throws {
        try await withSite { site, administration, alice in
            func status(_ token: String) async -> HTTPResponseStatus {
                let browser = Browser(site)
                await browser.open("/login")
                let sent = await browser.post(
                    "/reset", ["token": token, "password": "a brand new password"], token: browser.formToken)
                let shown = await browser.open("/reset/\(token)")
                #expect(sent.status == shown.status || shown.status == .badRequest, "\(token)")
                #expect(!shown.text.contains("<form method=\"post\" action=\"/reset\""))
                return sent.status
            }
            let first = try await administration.makeResetToken(for: alice).token
            let second = try await administration.makeResetToken(for: alice).token
            #expect(await status(first) == .notFound)
            site.clock.advance(seconds: AccountAdministration.resetLinkLifetimeSeconds)
            #expect(await status(second) == .notFound)
            let third = try await administration.makeResetToken(for: alice).token
            _ = try await administration.setActive(alice, false)
            _ = try await administration.setActive(alice, true)
            #expect(await status(third) == .notFound)
            let fourth = try await administration.makeResetToken(for: alice).token
            _ = try await administration.setPassword(of: alice, to: "set by hand")
            #expect(await status(fourth) == .notFound)
            for made in ["x", String(repeating: "A", count: 32), String(repeating: "A", count: 5000), "%00"] {
                #expect(await status(made) == .notFound)
            }
        }
    }

    @Test func `the page is not cached and sends no referrer`() async throws {
        try await withSite { site, administration, alice in
            let (token, _) = try await administration.makeResetToken(for: alice)
            for uri in ["/reset/\(token)", "/reset/none"] {
                let response = await site.send(.GET, uri)
                #expect(response.headers["referrer-policy"] == ["strict-origin"])
                #expect(response.headers["cache-control"] == ["no-store"])
                #expect(response.headers["content-security-policy"].count == 1)
            }
            // The token is in the form alone, in no address.
            let text = await site.send(.GET, "/reset/\(token)").text
            #expect(text.ranges(of: token).count == 1)
            #expect(text.contains(#"name="token" value="\#(token)""#))
        }
    }

    @Test func `a form from another site is refused`() async throws {
        try await withSite { site, administration, alice in
            let (token, _) = try await administration.makeResetToken(for: alice)
            let fields: KeyValuePairs = ["token": token, "password": "a brand new password"]
            let browser = Browser(site)
            await browser.open("/reset/\(token)")
            #expect(await browser.post("/reset", fields, token: nil).status == .forbidden)
            #expect(await browser.post("/reset", fields, token: "AAAA").status == .forbidden)
            let (own, other) = (browser.formToken, Browser(site))
            await other.open("/login")
            #expect(await other.post("/reset", fields, token: own).status == .forbidden)
            browser.origin = "https://evil.example"
            #expect(await browser.post("/reset", fields, token: own).status == .forbidden)
            browser.origin = "http://tasks.test"
            #expect(await browser.post("/reset", fields, token: own).status == .seeOther)
        }
    }
}
