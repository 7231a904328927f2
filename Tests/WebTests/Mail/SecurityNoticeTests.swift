import App
import Auth
import Domain
import HTTPServer
import TestSupport
import Testing
import Web

/// The texts of e-mails about an account's security, and their recipients.
@Suite struct SecurityNoticeTests {
    private func withAlice(
        throttleRules: ThrottleRules = .none, _ work: (TestSite, Browser) async throws -> Void
    ) async throws {
        try await TestSite.with(hasMail: true, throttleRules: throttleRules) { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            try #require(await alice.open("/account").status == .ok)
            try await work(site, alice)
        }
    }

    private func mails(_ site: TestSite, _ states: [MailState] = [.waiting]) async throws -> [OutgoingMail] {
        try await site.services.outbox.mail(in: states, limit: 99).map(\.mail)
    }

    /// Both versions of the newest notice of this act, in one text.
    private func text(_ site: TestSite, _ act: SecurityAct) async throws -> String {
        let mail = try #require(try await mails(site).first { $0.details["act"] == act.rawValue })
        let templates = try TestSite.templates.get()
        let text = try await site.services.mailComposer(templates) { "http://tasks.test" }.text(of: mail)
        return try #require(text.map { $0.plain + $0.html })
    }

    private func changePassword(_ browser: Browser, from old: String, to new: String) async throws {
        await browser.open("/account")
        await browser.submit("/account/password", ["current_password": old, "new_password": new])
        try #require(browser.page.status == .ok)
    }

    @Test func `no mail to an unverified address contains text that a client has chosen`() async throws {
        try await withAlice { site, alice in
            alice.userAgent = "pay-here.example.com/1.0"
            func makeToken(_ name: String) async throws -> String {
                await alice.open("/account")
                await alice.submit(
                    "/account/tokens", ["token_name": name, "lifetime": "30", "scope": "tasks:read"])
                try #require(alice.page.status == .ok)
                return try await text(site, .newAPIToken)
            }
            let said = try await makeToken("Call 0800 1234 now")
            #expect(said.contains("An API token was made for the account of alice@example.com"))
            #expect(!said.contains("0800") && !said.contains("pay-here") && said.contains("Unknown device"))
            let administration = site.services.administration(by: .server)
            let user = try #require(try await administration.user("alice@example.com"))
            #expect(try await administration.verify(user))
            site.services.sessions.forget(.user(user.id))
            await alice.open("/account")
            let verified = try await makeToken("Backup")
            #expect(verified.contains("The API token “Backup” (tasks:read) was made"))
            #expect(!verified.contains("pay-here"))
        }
    }

    @Test func `an account cannot flood an address, and a change of address is notified all the same`() async throws {
        try await withAlice { site, alice in
            var password = "kept-by-lice"
            for number in 0..<8 {
                let new = "another-one-9-\(number)"
                try await changePassword(alice, from: password, to: new)
                password = new
            }
            #expect(try await mails(site).filter { $0.kind == .passwordChange }.count == 5)
            #expect(try await mails(site, [.limited]).count == 3)
            await alice.submit("/account/email", ["new_email": "ada@example.org"])
            let change = try #require(try await mails(site).first { $0.kind == .emailChange })
            let token = try #require(try await site.services.emailChanges.secret(in: change)?.token)
            await alice.submit("/change-email", ["token": token, "next": ""])
            try #require(alice.page.status == .ok)
            #expect(try await mails(site).first { $0.kind == .securityNotice }?.address.text == "alice@example.com")
            // The earliest notice still leads back to the state before all of it.
            let first = try #require(try await mails(site).last { $0.kind == .passwordChange })
            let link = try #require(try await site.services.recoveries.secret(in: first)?.token)
            let owner = Browser(site)
            await owner.open("/recover/\(link)")
            await owner.submit(
                "/recover", ["token": link, "former_password": "kept-by-lice", "password": "the-owner-again-9"])
            #expect(owner.page.status == .ok && owner.page.text.contains("Your account is yours again."))
        }
    }

    @Test func `a password that the operator has set is notified, without a link`() async throws {
        try await withAlice { site, _ in
            let administration = site.services.administration(by: .server)
            let user = try #require(try await administration.user("alice@example.com"))
            #expect(try await administration.setPassword(of: user, to: "set by hand, and long") == 1)
            let said = try await text(site, .operatorPassword)
            #expect(said.contains("The operator of this server has set a new password for the account of alice@"))
            #expect(!said.contains("/recover/") && !said.contains("Unknown device") && !said.contains("set by hand"))
            #expect(!said.contains("network address"))
        }
    }

    @Test func `a late notice says for how long its link still works`() async throws {
        try await withAlice { site, alice in
            await alice.submit("/account/delete", [:])
            let day = site.clock.now.adding(seconds: PendingDeletion.graceSeconds)
            #expect(try await text(site, .deletionRequest).contains("The link works for 7 days."))
            site.clock.advance(seconds: 2 * 86_400 + 3600)
            let late = try await text(site, .deletionRequest)
            #expect(late.contains("The link works for 4 days.") && !late.contains("30 days"))
            #expect(late.contains(" \(day.rfc3339.prefix(4));"))
        }
    }

    /// A thief who has the account can change its address, and then gets notices with links, too.
    @Test func `wrong passwords with a thief's links do not block the owner's link`() async throws {
        var rules = ThrottleRules.none
        rules.account = try #require(ThrottleLimit.list("3/900"))
        rules.device = try #require(ThrottleLimit.list("2/900"))
        try await withAlice(throttleRules: rules) { site, thief in
            for address in ["one@example.org", "two@example.org", "three@example.org"] {
                await thief.open("/account")
                await thief.submit("/account/email", ["new_email": address])
                let change = try #require(
                    try await mails(site).first { $0.kind == .emailChange && $0.address.text == address })
                let token = try #require(try await site.services.emailChanges.secret(in: change)?.token)
                await thief.submit("/change-email", ["token": token, "next": ""])
                try #require(thief.page.status == .ok)
            }
            func recover(by address: String, _ former: String) async throws -> Response {
                let notice = try #require(
                    try await mails(site).first { $0.kind == .securityNotice && $0.address.text == address })
                let link = try #require(try await site.services.recoveries.secret(in: notice)?.token)
                let visitor = Browser(site)
                await visitor.open("/recover/\(link)")
                await visitor.submit(
                    "/recover", ["token": link, "former_password": former, "password": "the-owner-again-9"])
                return visitor.page
            }
            for address in ["one@example.org", "two@example.org"] {
                for _ in 0..<2 { #expect(try await recover(by: address, "wrong").status == .unauthorized) }
                #expect(try await recover(by: address, "wrong").status == .tooManyRequests)
            }
            let page = try await recover(by: "alice@example.com", "kept-by-lice")
            #expect(page.status == .ok && page.text.contains("Your account is yours again."))
        }
    }
}
