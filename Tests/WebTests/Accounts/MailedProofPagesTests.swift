import Auth
import Domain
import HTTPServer
import NIOHTTP1
import TestSupport
import Testing

/// The mailed code of an account without a password, on the account page and over JSON.
@Suite struct MailedProofPagesTests {
    private func visit(_ browser: Browser, _ site: TestSite, isVerified: Bool = true) async throws {
        await browser.open("/login")
        await browser.submit("/login/providers/test", [:])
        try #require(browser.page.status == .ok)
        await browser.open(
            try site.provider.callback(after: browser.page, as: "sub-1", email: "alice@example.com"))
        try #require(browser.page.status == .ok)
    }

    /// Alice, who has signed in with a provider an hour ago.
    private func withAlice(hasMail: Bool = true, _ work: (TestSite, Browser) async throws -> Void) async throws {
        try await TestSite.with(hasProvider: true, hasMail: hasMail) { site in
            let alice = Browser(site)
            try await visit(alice, site)
            site.clock.advance(seconds: 3600)
            await alice.open("/account")
            try #require(alice.page.status == .ok)
            try await work(site, alice)
        }
    }

    private func code(_ site: TestSite) async throws -> String {
        let mails = try await site.services.outbox.mail(in: [.waiting], limit: 99).map(\.mail)
        let mail = try #require(mails.first { $0.kind == .proofCode })
        #expect(mail.address.text == "alice@example.com")
        return try #require(try await site.services.mailedProof.secret(in: mail)).code
    }

    private func wrong(_ code: String) -> String {
        code.hasPrefix("0") ? "1" + code.dropFirst() : "0" + code.dropFirst()
    }

    @Test func `the account page mails a code, and accepts it`() async throws {
        try await withAlice { site, alice in
            #expect(alice.page.text.contains("Is it you?") && alice.page.text.contains("E-mail me a code"))
            await alice.submit("/account/delete", [:])
            #expect(alice.page.status == .forbidden)
            #expect(alice.page.text.contains("Confirm first that it is you, as shown below."))
            await alice.submit("/account/proof/mail", [:])
            #expect(alice.page.status == .ok && alice.page.text.contains("An e-mail with a code is on its way"))
            let code = try await code(site)
            await alice.submit("/account/proof/code", ["proof_code": wrong(code)])
            #expect(alice.page.status == .unprocessableEntity)
            #expect(alice.page.text.contains("This code is wrong or no longer valid."))
            await alice.submit("/account/proof/code", ["proof_code": code])
            #expect(alice.page.status == .ok && alice.page.text.contains("Confirmed. For ten minutes"))
            #expect(!alice.page.text.contains("Is it you?"))
            #expect(alice.page.text.contains("Confirmed with a mailed code"))
            await alice.submit("/account/delete", [:])
            #expect(alice.page.text.contains("Your account will be deleted in 30 days."))
        }
    }

    @Test func `without mail the page names the alternatives`() async throws {
        try await withAlice(hasMail: false) { site, alice in
            #expect(alice.page.text.contains("This server sends no mail"))
            #expect(alice.page.text.contains("Sign out and in again"))
            #expect(!alice.page.text.contains("/account/proof/mail"))
            await alice.submit("/account/proof/mail", [:])
            #expect(alice.page.status == .forbidden)
        }
    }

    @Test func `an account with a password is offered no code`() async throws {
        try await TestSite.with(hasMail: true) { site in
            let bob = Browser(site)
            try await bob.signUp("bob")
            site.clock.advance(seconds: 3600)
            await bob.open("/account")
            #expect(!bob.page.text.contains("/account/proof/mail"))
            await bob.submit("/account/proof/mail", [:])
            #expect(bob.page.status == .forbidden)
            let mails = try await site.services.outbox.mail(in: MailState.allCases, limit: 99)
            #expect(!mails.contains { $0.mail.kind == .proofCode })
        }
    }

    @Test func `a client does the same over JSON, with its cookie`() async throws {
        try await withAlice { site, alice in
            let headers: HTTPHeaders = [
                "cookie": alice.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; "),
                "content-type": "application/json", "origin": site.origin,
            ]
            func call(_ path: String, _ body: String) async -> Response {
                await site.send(.POST, "/api/\(path)", headers, body: body)
            }
            let draft = #"{"name":"Backup","scopes":["tasks:read"]}"#
            #expect(await call("tokens", draft).status == .forbidden)
            #expect(await call("auth/proof/mail", "").status == .noContent)
            let code = try await code(site)
            let refused = await call("auth/proof/code", #"{"code":"\#(wrong(code))"}"#)
            #expect(refused.status == .notFound)
            #expect(await call("auth/proof/code", "{}").status == .unprocessableEntity)
            #expect(await call("auth/proof/code", #"{"code":"\#(code)"}"#).status == .noContent)
            #expect(await call("tokens", draft).status == .created)
            #expect(await site.send(.POST, "/api/auth/proof/mail", [:]).status == .unauthorized)
        }
    }
}
