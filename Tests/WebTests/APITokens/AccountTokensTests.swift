import Auth
import Domain
import HTTPServer
import NIOHTTP1
import Testing

@Suite struct AccountTokensTests {
    private func withAlice(hasMail: Bool = false, _ work: (TestSite, Browser) async throws -> Void) async throws {
        try await TestSite.with(hasMail: hasMail) { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            try #require(await alice.open("/account").status == .ok)
            try await work(site, alice)
        }
    }

    private func made(_ browser: Browser) -> String? {
        browser.page.text.firstMatch(of: /<code>(lk_\w+)<\/code>/).map { String($0.1) }
    }

    /// The ids of the tokens that can be revoked, in order.
    private func tokens(_ browser: Browser) -> [String] {
        browser.page.text.matches(of: /action="\/account\/tokens\/([^"\/]*)\/revoke"/).map { String($0.1) }
    }

    private func status(_ token: String, _ site: TestSite) async -> HTTPResponseStatus {
        await site.send(.GET, "/api/tasks", ["authorization": "Bearer \(token)"]).status
    }

    private let form: KeyValuePairs = ["token_name": "Backup <b>", "lifetime": "30", "scope": "tasks:read"]

    @Test func `a token is made, shown once, and revoked`() async throws {
        try await withAlice { site, alice in
            #expect(made(alice) == nil && tokens(alice).isEmpty)
            await alice.submit("/account/tokens", form)
            #expect(alice.page.status == .ok && alice.page.headers["cache-control"] == ["no-store"])
            let token = try #require(made(alice))
            #expect(await status(token, site) == .ok)
            await alice.open("/account")
            #expect(made(alice) == nil && !alice.page.text.contains(token))
            #expect(alice.page.text.contains("Backup &lt;b&gt;") && alice.page.text.contains("from 127.0.0.1"))
            #expect(alice.page.text.contains("API token “Backup &lt;b&gt;” made"))
            let id = try #require(tokens(alice).first)

            let bob = Browser(site)
            try await bob.signUp("bob")
            await bob.open("/account")
            await bob.submit("/account/tokens/\(id)/revoke", [:])
            #expect(bob.page.text.contains("That API token is no longer there."))
            #expect(await status(token, site) == .ok)

            await alice.submit("/account/tokens/\(id)/revoke", [:])
            #expect(alice.page.text.contains("That API token is revoked.") && tokens(alice).isEmpty)
            #expect(alice.page.text.contains("API token “Backup &lt;b&gt;” revoked"))
            #expect(await status(token, site) == .unauthorized)
        }
    }

    @Test func `errors are shown beside their fields, and the input is kept`() async throws {
        try await withAlice { site, alice in
            await alice.submit("/account/tokens", ["token_name": " ", "lifetime": "none"])
            #expect(alice.page.status == .unprocessableEntity)
            #expect(alice.page.text.contains(#"id="token_name-error">Enter a name."#))
            #expect(alice.page.text.contains(#"id="scopes-error">Choose at least one scope."#))
            #expect(alice.page.text.contains(#"<option value="none" selected>"#))
            await alice.submit("/account/tokens", ["token_name": "a", "lifetime": "7x", "scope": "tasks:write"])
            #expect(alice.page.status == .unprocessableEntity)
            #expect(alice.page.text.contains("A token lasts from 1 to 365 days, or has no expiry."))
            #expect(alice.page.text.contains(#"name="scope" value="tasks:write" checked"#))
            #expect(made(alice) == nil && tokens(alice).isEmpty)

            site.clock.advance(seconds: 601)
            await alice.open("/account")
            await alice.submit("/account/tokens", form)
            #expect(alice.page.status == .forbidden)
            #expect(alice.page.text.contains(#"id="token_password-error">Enter your password."#))
            await alice.submit(
                "/account/tokens",
                ["token_name": "a", "lifetime": "30", "scope": "tasks:read", "token_password": "kept-by-mice"])
            #expect(alice.page.status == .forbidden)
            #expect(alice.page.text.contains(#"id="token_password-error">This is not your password."#))
            await alice.submit(
                "/account/tokens",
                [
                    "token_name": "a", "lifetime": "none", "scope": "tasks:read", "scope": "account:read",
                    "token_password": "kept-by-lice",
                ])
            #expect(made(alice) != nil && alice.page.text.contains("tasks:read account:read"))
            #expect(alice.page.text.contains("No expiry"))
        }
    }

    @Test(arguments: ["/account/tokens", "/account/tokens/0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d4/revoke"])
    func `a form needs its session's token and must come from our origin`(path: String) async throws {
        try await withAlice { _, alice in
            let token = alice.formToken
            for wrong in [nil, "", "x"] { #expect(await alice.post(path, form, token: wrong).status == .forbidden) }
            alice.origin = "https://evil.example"
            #expect(await alice.post(path, form, token: token).status == .forbidden)
            #expect(await alice.open(path).status == .methodNotAllowed)
        }
    }

    @Test func `the owner is notified by e-mail, and its link revokes the token`() async throws {
        try await withAlice(hasMail: true) { site, alice in
            await alice.submit("/account/tokens", form)
            let token = try #require(made(alice))
            let mail = try #require(
                try await site.services.outbox.mail(in: [.waiting], limit: 9).map(\.mail)
                    .first { $0.details["act"] == SecurityAct.newAPIToken.rawValue })
            #expect(mail.kind == .newAPIToken && mail.address.text == "alice@example.com")
            // An unverified address may belong to another person than the one who chose the name.
            #expect(mail.details["subject"] == nil)
            #expect(!mail.details.values.contains { $0.contains(token) })
            let link = try #require(try await site.services.recoveries.secret(in: mail)?.token)
            let owner = Browser(site)
            await owner.open("/recover/\(link)")
            await owner.submit("/recover", ["token": link, "password": "an entirely new one"])
            #expect(owner.page.status == .ok)
            #expect(await status(token, site) == .unauthorized)
        }
    }

    @Test func `changing the password revokes all tokens, signing out elsewhere none`() async throws {
        try await withAlice { site, alice in
            await alice.submit("/account/tokens", form)
            let token = try #require(made(alice))
            _ = try await site.signIn("alice")
            await alice.open("/account")
            await alice.submit("/account/sessions/end-others", [:])
            #expect(await status(token, site) == .ok)
            await alice.submit(
                "/account/password", ["current_password": "kept-by-lice", "new_password": "a long new one"])
            #expect(alice.page.text.contains("Password changed."))
            #expect(alice.page.text.contains("One API token ended"))
            #expect(await status(token, site) == .unauthorized)
        }
    }
}
