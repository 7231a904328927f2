import Domain
import HTTPServer
import Storage
import TestSupport
import Testing

/// It matters who presses the button in a mail: the owner of the account, or another person who has the address.
@Suite struct ConfirmedElsewhereTests {
    @Test(arguments: ["/verify", "/change-email"], [true, false])
    func `who is signed in where a link is opened has shown the account`(path: String, isSignedIn: Bool) async throws {
        try await TestSite.with(hasMail: true, emailVerification: .optional) { site in
            let owner = Browser(site)
            try await owner.signUp("alice")
            if path == "/change-email" {
                await owner.open("/account")
                await owner.submit("/account/email", ["new_email": "ada@example.org"])
            }
            let token = try await Self.token(site, of: path)
            let reader = isSignedIn ? owner : Browser(site)
            await reader.open("\(path)/\(token)")
            await reader.submit(path, ["token": token, "next": ""])
            #expect(reader.page.status == .ok)
            let states = try await site.database.read {
                try $0.rows("SELECT email_verified, confirmed_elsewhere FROM users") { [$0.bool(0), $0.bool(1)] }
            }
            #expect(states == [[true, !isSignedIn]])
        }
    }

    private static func token(_ site: TestSite, of path: String) async throws -> String {
        let kind: MailKind = path == "/verify" ? .emailVerification : .emailChange
        let queued = try await site.services.outbox.mail(in: [.waiting], limit: 9)
        let mail = try #require(queued.first { $0.mail.kind == kind }).mail
        let secret =
            path == "/verify"
            ? try await site.services.verification.secret(in: mail)
            : try await site.services.emailChanges.secret(in: mail)
        return try #require(secret).token
    }
}
