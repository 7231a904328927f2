import Auth
import Domain
import HTTPServer
import NIOHTTP1
import Storage
import TestSupport
import Testing

@Suite struct RecoveryTests {
    private func withAlice(_ work: (TestSite, Browser) async throws -> Void) async throws {
        try await TestSite.with(hasMail: true) { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            try #require(await alice.open("/account").status == .ok)
            try await work(site, alice)
        }
    }

    private func notices(_ site: TestSite) async throws -> [OutgoingMail] {
        try await site.services.outbox.mail(in: [.waiting], limit: 99).map(\.mail)
            .filter { $0.details["act"] != nil }
    }

    private func acts(_ site: TestSite) async throws -> [String?] { try await notices(site).map { $0.details["act"] } }

    /// The token of the link in the newest notice of this act.
    private func token(_ site: TestSite, _ act: SecurityAct) async throws -> String {
        let mail = try #require(try await notices(site).first { $0.details["act"] == act.rawValue })
        return try #require(try await site.services.recoveries.secret(in: mail)?.token)
    }

    private func changeEmail(_ site: TestSite, _ browser: Browser, to email: String) async throws {
        await browser.open("/account")
        await browser.submit("/account/email", ["new_email": email])
        let queued = try await site.services.outbox.mail(in: [.waiting], limit: 99).map(\.mail)
        let mail = try #require(queued.first { $0.kind == .emailChange && $0.address.text == email })
        let token = try #require(try await site.services.emailChanges.secret(in: mail)?.token)
        await browser.submit("/change-email", ["token": token, "next": ""])
        try #require(browser.page.status == .ok)
    }

    private func changePassword(_ browser: Browser, from old: String, to new: String) async throws {
        await browser.open("/account")
        await browser.submit("/account/password", ["current_password": old, "new_password": new])
        try #require(browser.page.status == .ok)
    }

    private func signsIn(_ site: TestSite, _ email: String, _ password: String) async -> Bool {
        let answer = await site.send(
            .POST, "/api/auth/signin", ["content-type": "application/json"],
            body: #"{"email":"\#(email)","password":"\#(password)"}"#)
        return answer.status == .ok
    }

    @Test func `a changed password is notified, and the link alone recovers the account`() async throws {
        try await withAlice { site, thief in
            try await changePassword(thief, from: "kept-by-lice", to: "stolen-and-kept-9")
            #expect(try await acts(site) == ["password-change"])
            #expect(try await notices(site).first?.address.text == "alice@example.com")
            let token = try await token(site, .passwordChange)
            let owner = Browser(site)
            for _ in 0..<20 { #expect(await owner.open("/recover/\(token)").status == .ok) }
            #expect(owner.page.headers["referrer-policy"] == ["strict-origin"])
            #expect(!owner.page.text.contains("Password before the change"))
            await owner.submit("/recover", ["token": token, "password": "short"])
            #expect(owner.page.status == .unprocessableEntity)
            await owner.submit("/recover", ["token": token, "password": "the-owner-again-9"])
            #expect(owner.page.status == .ok && owner.page.text.contains("Your account is yours again."))
            #expect(await thief.open("/account").text.contains("Sign in"))
            #expect(await signsIn(site, "alice@example.com", "the-owner-again-9"))
            #expect(!(await signsIn(site, "alice@example.com", "stolen-and-kept-9")))
            await owner.open("/login")
            await owner.submit("/recover", ["token": token, "password": "the-owner-again-9"])
            #expect(owner.page.status == .notFound)
            let records = try await site.auditRecords()
            #expect(records.filter { $0.event == "account_recovered" }.count == 1)
            #expect(!"\(records)".contains(token))
        }
    }

    @Test func `the earlier password undoes a change of address, whatever the thief did next`() async throws {
        try await withAlice { site, thief in
            try await changeEmail(site, thief, to: "thief@example.org")
            try await changePassword(thief, from: "kept-by-lice", to: "stolen-and-kept-9")
            let notices = try await notices(site)
            #expect(notices.map(\.address.text) == ["thief@example.org", "alice@example.com"])
            let thiefsToken = try #require(try await site.services.recoveries.secret(in: notices[0])?.token)
            let token = try await token(site, .emailChange)

            let owner = Browser(site)
            #expect(await owner.open("/recover/\(token)").text.contains("Password before the change"))
            let wrong = ["", "stolen-and-kept-9", "guess"]
            for former in wrong {
                await owner.submit(
                    "/recover", ["token": token, "former_password": former, "password": "the-owner-again-9"])
                #expect(owner.page.status == .unauthorized, "\(former)")
                #expect(owner.page.text.contains("This is not the password that the account had before the change."))
            }
            await owner.submit(
                "/recover", ["token": token, "former_password": "kept-by-lice", "password": "the-owner-again-9"])
            #expect(owner.page.text.contains("Your account is yours again."))
            #expect(await signsIn(site, "alice@example.com", "the-owner-again-9"))
            #expect(!(await signsIn(site, "thief@example.org", "stolen-and-kept-9")))
            #expect(await thief.open("/account").text.contains("Sign in"))
            // The thief's address gets a notice without a link; the link of the later notice is void.
            let last = try #require(try await self.notices(site).first { $0.details["act"] == "recovery" })
            #expect(last.address.text == "thief@example.org")
            #expect(try await site.services.recoveries.secret(in: last)?.token == nil)
            #expect(await owner.open("/recover/\(thiefsToken)").status == .notFound)
        }
    }

    @Test func `changing the password before the address does not help the thief`() async throws {
        try await withAlice { site, thief in
            try await changePassword(thief, from: "kept-by-lice", to: "stolen-and-kept-9")
            try await changeEmail(site, thief, to: "thief@example.org")
            // The notice of the changed password remembers the owner's password.
            let token = try await token(site, .passwordChange)
            let owner = Browser(site)
            #expect(await owner.open("/recover/\(token)").text.contains("Password before the change"))
            await owner.submit(
                "/recover", ["token": token, "former_password": "kept-by-lice", "password": "the-owner-again-9"])
            #expect(owner.page.text.contains("Your account is yours again."))
            #expect(await signsIn(site, "alice@example.com", "the-owner-again-9"))
        }
    }

    @Test func `a code of the earlier app recovers an account without a password`() async throws {
        try await withAlice { site, thief in
            await thief.submit("/account/second-factor", [:])
            let link = try #require(thief.page.text.firstMatch(of: /href="(otpauth:[^"]+)"/)?.1)
            let app = try #require(Authenticator(String(link).replacing("&amp;", with: "&")))
            await thief.submit("/account/second-factor/activate", ["code": try app.code(at: site.clock.now)])
            try #require(thief.page.status == .ok)
            try await site.services.database.write { _ = try $0.execute("UPDATE users SET password_hash = NULL") }
            site.clock.advance(seconds: 60)
            try await changeEmail(site, thief, to: "thief@example.org")
            let token = try await token(site, .emailChange)

            let owner = Browser(site)
            await owner.open("/recover/\(token)")
            #expect(owner.page.text.contains("Code from before the change"))
            #expect(!owner.page.text.contains("Password before the change"))
            #expect(!owner.page.text.contains("data-passkey"))
            func submit(_ fields: KeyValuePairs<String, String>) async {
                await owner.submit(
                    "/recover",
                    pairs: [("token", token), ("password", "the-owner-again-9")]
                        + fields.map { ($0.key, $0.value) })
            }
            await submit(["former_password": ""])
            #expect(owner.page.status == .unauthorized)
            #expect(owner.page.text.contains("Show first that you are the account’s owner."))
            await submit(["code": "12345"])
            #expect(owner.page.status == .unprocessableEntity)
            await submit(["code": try app.wrongCode(at: site.clock.now)])
            #expect(owner.page.status == .unauthorized && owner.page.text.contains("This code is wrong, was used"))
            await submit(["credential": "{}"])
            #expect(owner.page.status == .unauthorized && owner.page.text.contains("This passkey was not accepted."))
            await submit(["code": try app.code(at: site.clock.now)])
            #expect(owner.page.status == .ok && owner.page.text.contains("Your account is yours again."))
        }
    }

    @Test func `an account that had nothing else is left to the operator`() async throws {
        try await withAlice { site, thief in
            try await site.services.database.write { _ = try $0.execute("UPDATE users SET password_hash = NULL") }
            try await changeEmail(site, thief, to: "thief@example.org")
            let owner = Browser(site)
            await owner.open("/recover/\(try await token(site, .emailChange))")
            #expect(owner.page.status == .ok && !owner.page.text.contains("<form method=\"post\" action=\"/recover\""))
            #expect(owner.page.text.contains("this page cannot tell that you are its owner"))
        }
    }

    @Test func `the former address is reserved for a week`() async throws {
        try await withAlice { site, alice in
            try await changeEmail(site, alice, to: "ada@example.org")
            let token = try await token(site, .emailChange)
            func signUp() async -> Response {
                await site.send(
                    .POST, "/api/auth/signup", ["content-type": "application/json"],
                    body: #"{"email":"alice@example.com","password":"somebody-else-9"}"#)
            }
            let early = await signUp()
            #expect(early.status == .badRequest && early.detail == "Email already registered")
            site.clock.advance(seconds: SecurityNotice.recoveryLifetimeSeconds - 1)
            #expect(await Browser(site).open("/recover/\(token)").status == .ok)
            #expect(await signUp().status == .badRequest)
            site.clock.advance(seconds: 2)
            #expect(await Browser(site).open("/recover/\(token)").status == .notFound)
            #expect(await signUp().status == .created)
        }
    }

    @Test func `its owner may go back to a former address`() async throws {
        try await withAlice { site, alice in
            try await changeEmail(site, alice, to: "ada@example.org")
            site.clock.advance(seconds: 61)
            try await changeEmail(site, alice, to: "alice@example.com")
            #expect(await signsIn(site, "alice@example.com", "kept-by-lice"))
        }
    }

    @Test func `a requested deletion is notified, and cancelled with the link`() async throws {
        try await withAlice { site, thief in
            await thief.submit("/account/delete", [:])
            #expect(try await acts(site) == ["deletion-request"])
            let token = try await token(site, .deletionRequest)
            let owner = Browser(site)
            await owner.open("/recover/\(token)")
            await owner.submit("/recover", ["token": token, "password": "the-owner-again-9"])
            #expect(owner.page.text.contains("Your account is yours again."))
            #expect(await signsIn(site, "alice@example.com", "the-owner-again-9"))
        }
    }

    @Test func `an account that the operator deactivated stays deactivated`() async throws {
        try await withAlice { site, alice in
            try await changePassword(alice, from: "kept-by-lice", to: "another-one-9-9")
            let token = try await token(site, .passwordChange)
            let administration = site.services.administration(by: .server)
            let user = try #require(try await administration.user("alice@example.com"))
            _ = try await administration.setActive(user, false)
            #expect(await Browser(site).open("/recover/\(token)").status == .notFound)
        }
    }

    @Test func `a password set with a link is notified as well`() async throws {
        try await withAlice { site, _ in
            let administration = site.services.administration(by: .server)
            let user = try #require(try await administration.user("alice@example.com"))
            let (token, _) = try await administration.makeResetToken(for: user)
            let visitor = Browser(site)
            await visitor.open("/reset/\(token)")
            await visitor.submit("/reset", ["token": token, "password": "another-one-9-9"])
            #expect(visitor.page.status == .ok)
            #expect(try await acts(site) == ["password-change"])
        }
    }

    // MARK: Sign-ins

    private func signIn(_ site: TestSite, from address: String) async -> HTTPResponseStatus {
        await site.send(
            .POST, "/api/auth/signin", ["content-type": "application/json"],
            body: #"{"email":"alice@example.com","password":"kept-by-lice"}"#, peerAddress: address
        ).status
    }

    @Test func `a sign-in from a new network is notified once, and one from known ones is not`() async throws {
        try await withAlice { site, alice in
            await alice.submit("/logout", [:])
            await alice.open("/login")
            await alice.submit("/login", ["email": "alice@example.com", "password": "kept-by-lice"])
            #expect(await signIn(site, from: "127.0.0.1") == .ok)
            #expect(try await notices(site).isEmpty)
            for _ in 0..<3 { #expect(await signIn(site, from: "203.0.113.9") == .ok) }
            #expect(try await acts(site) == ["sign-in"])
            site.clock.advance(seconds: 61)
            #expect(await signIn(site, from: "2001:db8:1:2:3::4") == .ok)
            #expect(await signIn(site, from: "2001:db8:1:2:5::6") == .ok)
            #expect(try await acts(site) == ["sign-in", "sign-in"])
            let mail = try #require(try await notices(site).first)
            #expect(mail.details["ip_address"] == "2001:db8:1:2:3::4")
        }
    }

    @Test func `wrong passwords cause no sign-in notice`() async throws {
        try await withAlice { site, _ in
            let answer = await site.send(
                .POST, "/api/auth/signin", ["content-type": "application/json"],
                body: #"{"email":"alice@example.com","password":"wrong"}"#, peerAddress: "203.0.113.9")
            #expect(answer.status == .unauthorized)
            let mailed = try await notices(site)
            #expect(mailed.isEmpty)
        }
    }

    @Test func `without mail there are no notices`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            await alice.open("/account")
            try await changePassword(alice, from: "kept-by-lice", to: "another-one-9-9")
            #expect(try await site.services.outbox.mail(in: MailState.allCases, limit: 9).isEmpty)
        }
    }
}
