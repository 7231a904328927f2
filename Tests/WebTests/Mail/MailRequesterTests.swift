import App
import Auth
import Domain
import HTTPServer
import TestSupport
import Testing
import Web

/// E-mails name the device and the network address of their requester.
@Suite struct MailRequesterTests {
    private static let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"

    /// Both versions of the newest mail of this kind.
    private func texts(_ site: TestSite, _ kind: MailKind) async throws -> [String] {
        let queued = try await site.services.outbox.mail(in: [.waiting], limit: 99).map(\.mail)
        let mail = try #require(queued.first { $0.kind == kind })
        let templates = try TestSite.templates.get()
        let text = try #require(
            try await site.services.mailComposer(templates) { "http://tasks.test" }.text(of: mail))
        return [text.plain, text.html]
    }

    /// Has mails of all kinds that are asked for queued.
    private func queueAll(_ site: TestSite, userAgent: String) async throws {
        let alice = Browser(site)
        alice.userAgent = userAgent
        try await alice.signUp("alice")
        await alice.open("/account")
        // It voids earlier links.
        await alice.submit(
            "/account/password", ["current_password": "kept-by-lice", "new_password": "another-one-9-9"])
        site.clock.advance(seconds: 61)
        await alice.submit("/account/verification", [:])
        await alice.submit("/account/email", ["new_email": "ada@example.org"])
        await alice.open("/forgot")
        await alice.submit("/forgot", ["email": "alice@example.com"])
        try #require(alice.page.status == .ok)
        let user = try #require(
            try await site.services.accountStore.user(EmailAddress(stored: "alice@example.com")))
        site.clock.advance(seconds: 61)
        try await site.services.deletions.mailLink(
            to: user, from: Client(ipAddress: "127.0.0.1", userAgent: userAgent))
    }

    private static let kinds: [MailKind] = [
        .emailVerification, .emailChange, .passwordChange, .passwordReset, .accountDeletion,
    ]

    @Test func `mails name the requester's device and address, in text and in HTML`() async throws {
        try await TestSite.with(hasMail: true, emailVerification: .optional) { site in
            try await queueAll(site, userAgent: Self.firefox)
            for kind in Self.kinds {
                for text in try await texts(site, kind) {
                    #expect(text.contains("Firefox on Linux, network address 127.0.0.1"), "\(kind)")
                }
            }
        }
    }

    @Test func `mails do not contain the name that a program gives itself`() async throws {
        try await TestSite.with(hasMail: true, emailVerification: .optional) { site in
            try await queueAll(site, userAgent: "pay-here.example.com/1.0")
            for kind in Self.kinds {
                for text in try await texts(site, kind) {
                    #expect(text.contains("Unknown device, network address 127.0.0.1"), "\(kind)")
                    #expect(!text.contains("pay-here"), "\(kind)")
                }
            }
        }
    }

    @Test func `the owner is told which device has used a taken address to sign up`() async throws {
        try await TestSite.with(hasMail: true, emailVerification: .required) { site in
            for _ in 0..<2 {
                let made = await site.send(
                    .POST, "/api/auth/signup", ["content-type": "application/json", "user-agent": Self.firefox],
                    body: #"{"email":"alice@example.com","password":"kept-by-lice"}"#)
                #expect(made.status == .accepted)
                site.clock.advance(seconds: 61)
            }
            for text in try await texts(site, .existingAccount) {
                #expect(text.contains("Requested by: Firefox on Linux, network address 127.0.0.1"))
            }
        }
    }
}
