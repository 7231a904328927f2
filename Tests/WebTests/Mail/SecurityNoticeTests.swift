import App
import Auth
import Domain
import HTTPServer
import Templating
import TestSupport
import Testing
import Web

/// What the mails about an account's security say, and to whom.
@Suite struct SecurityNoticeTests {
    private func withAlice(
        _ work: (TestSite, Browser) async throws -> Void
    ) async throws {
        try await TestSite.with(hasMail: true) { site in
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
        let templates = try TemplateLibrary(directory: packageRoot + "/Templates", pages: Site.pages)
        let text = try await site.services.mailComposer(templates) { "http://tasks.test" }.text(of: mail)
        return try #require(text.map { $0.plain + $0.html })
    }

    private func changePassword(_ browser: Browser, from old: String, to new: String) async throws {
        await browser.open("/account")
        await browser.submit("/account/password", ["current_password": old, "new_password": new])
        try #require(browser.page.status == .ok)
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
}
