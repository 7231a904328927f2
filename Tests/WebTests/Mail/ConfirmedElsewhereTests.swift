import Domain
import HTTPServer
import Storage
import TestSupport
import Testing

/// The button in an e-mail may be pressed by the owner of the account, or by another person who has the address.
@Suite struct ConfirmedElsewhereTests {
    @Test(arguments: ["/verify", "/change-email"], [true, false])
    func `a link confirms the account only where it is signed in`(path: String, isSignedIn: Bool) async throws {
        try await TestSite.with(hasMail: true, emailVerification: .optional) { site in
            let owner = Browser(site)
            try await owner.signUp("alice")
            if path == "/change-email" {
                await owner.open("/account")
                await owner.submit("/account/email", ["new_email": "ada@example.org"])
            }
            let kind: MailKind = path == "/verify" ? .emailVerification : .emailChange
            let token = try await site.services.mailedSecret(kind).token
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
}
