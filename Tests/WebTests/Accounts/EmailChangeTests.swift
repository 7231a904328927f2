import Auth
import Domain
import HTTPServer
import NIOHTTP1
import Storage
import Testing

@Suite struct EmailChangeTests {
    private func withMail(
        signUp: SignUpPolicy = SignUpPolicy(), _ work: (TestSite, Browser) async throws -> Void
    ) async throws {
        try await TestSite.with(trustedOrigins: ["http://app.test"], hasMail: true, signUp: signUp) { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            try #require(await alice.open("/account").status == .ok)
            try await work(site, alice)
        }
    }

    /// E-mails with a link to another address.
    private func mails(_ site: TestSite) async throws -> [QueuedMail] {
        try await site.services.outbox.mail(in: MailState.allCases, limit: 99)
            .filter { $0.mail.kind == .emailChange }
    }

    private func token(_ site: TestSite) async throws -> String {
        let mail = try #require(try await mails(site).first { $0.state == .waiting })
        return try #require(try await site.services.emailChanges.secret(in: mail.mail)?.token)
    }

    private func user(_ site: TestSite, _ email: String) async throws -> User? {
        try await site.services.accountStore.user(EmailAddress(stored: email))
    }

    @Test func `the new address confirms the change, and opening the link changes nothing`() async throws {
        try await withMail { site, alice in
            await alice.submit("/account/email", ["new_email": "Ada@Example.org"])
            #expect(alice.page.status == .ok && alice.page.text.contains("is on its way to the new address"))
            #expect(try await user(site, "alice@example.com") != nil)
            let mail = try #require(try await mails(site).first)
            #expect(mail.mail.address.text == "ada@example.org")
            let token = try await token(site)

            // In another browser, where the e-mail is read.
            let reader = Browser(site)
            for _ in 0..<20 { #expect(await reader.open("/change-email/\(token)").status == .ok) }
            for _ in 0..<3 { #expect(await site.send(.HEAD, "/change-email/\(token)").status == .ok) }
            #expect(reader.page.headers["referrer-policy"] == ["strict-origin"])
            #expect(reader.page.headers["cache-control"] == ["no-store"])
            #expect(try await user(site, "ada@example.org") == nil)
            await reader.submit("/change-email", ["token": token, "next": ""])
            #expect(reader.page.status == .ok && reader.page.text.contains("Your address is ada@example.org now."))
            let changed = try #require(try await user(site, "ada@example.org"))
            #expect(changed.isEmailVerified)
            #expect(try await user(site, "alice@example.com") == nil)
            // It begins no session.
            #expect(await reader.open("/account").text.contains("Sign in"))
            #expect(await alice.open("/account").text.contains("<dd>ada@example.org</dd>"))
            #expect(alice.page.text.contains("E-mail address changed"))

            await reader.open("/login")
            await reader.submit("/change-email", ["token": token])
            #expect(reader.page.status == .notFound)
            #expect(!"\(try await site.auditRecords())".contains(token))
        }
    }

    @Test func `a taken address gets the same response, and its mail is never sent`() async throws {
        try await withMail { site, alice in
            try await Browser(site).signUp("bob")
            let free = await alice.post("/account/email", ["new_email": "free@example.com"], token: alice.formToken)
            let taken = await alice.post("/account/email", ["new_email": "bob@example.com"], token: alice.formToken)
            #expect(free.status == .seeOther && taken.status == .seeOther)
            #expect(free.headers["location"] == taken.headers["location"])
            let states = try await mails(site).map { ($0.mail.address.text, $0.state) }
            #expect(states.first { $0.0 == "bob@example.com" }?.1 == .suppressed)
            #expect(states.first { $0.0 == "free@example.com" }?.1 == .waiting)
        }
    }

    @Test func `an address taken after the e-mail is refused at the button`() async throws {
        try await withMail { site, alice in
            await alice.submit("/account/email", ["new_email": "bob@example.com"])
            let token = try await token(site)
            try await Browser(site).signUp("bob")
            await alice.submit("/change-email", ["token": token, "next": ""])
            #expect(alice.page.status == .badRequest)
            #expect(alice.page.text.contains("Another account has this address now."))
            #expect(try await user(site, "alice@example.com") != nil)
        }
    }

    @Test(arguments: [
        ("", "Enter an e-mail address, such as name@example.com."),
        ("x", "Enter an e-mail address, such as name@example.com."),
        ("a b@example.com", "Enter an e-mail address, such as name@example.com."),
        ("a@example.com\r\nBcc: b@example.com", "Enter an e-mail address, such as name@example.com."),
        ("ALICE@example.com", "This is your address already."),
        ("a@elsewhere.test", "Addresses at this domain are not admitted here."),
    ])
    func `invalid addresses are refused`(_ email: String, _ sentence: String) async throws {
        let policy = SignUpPolicy(domains: [EmailDomain("example.com")].compactMap(\.self))
        try await withMail(signUp: policy) { site, alice in
            await alice.submit("/account/email", ["new_email": email])
            #expect(alice.page.status == .unprocessableEntity)
            #expect(alice.page.text.contains(#"id="new_email-error">"#))
            #expect(alice.page.text.contains(sentence))
            let queued = try await mails(site)
            #expect(queued.isEmpty)
        }
    }

    @Test func `changing the address needs the password after ten minutes`() async throws {
        try await withMail { site, alice in
            site.clock.advance(seconds: 601)
            await alice.submit("/account/email", ["new_email": "ada@example.org"])
            #expect(alice.page.status == .forbidden && alice.page.text.contains("Enter your password."))
            await alice.submit("/account/email", ["new_email": "ada@example.org", "email_password": "wrong"])
            #expect(alice.page.status == .forbidden && alice.page.text.contains("This is not your password."))
            #expect(alice.page.text.contains(#"value="ada@example.org""#))
            let early = try await mails(site)
            #expect(early.isEmpty)
            await alice.submit("/account/email", ["new_email": "ada@example.org", "email_password": "kept-by-lice"])
            #expect(alice.page.status == .ok)
            #expect(try await mails(site).count == 1)
        }
    }

    @Test func `a link is void after a newer one, after another password and after a day`() async throws {
        try await withMail { site, alice in
            await alice.submit("/account/email", ["new_email": "one@example.org"])
            let first = try await token(site)
            await alice.submit("/account/email", ["new_email": "two@example.org"])
            #expect(await alice.open("/change-email/\(first)").status == .notFound)

            let second = try #require(
                try await mails(site).first { $0.mail.address.text.hasPrefix("two") })
            let token = try #require(try await site.services.emailChanges.secret(in: second.mail)?.token)
            #expect(await alice.open("/change-email/\(token)").status == .ok)
            await alice.open("/account")
            await alice.submit(
                "/account/password", ["current_password": "kept-by-lice", "new_password": "correct-horse-9"])
            #expect(alice.page.status == .ok)
            #expect(await alice.open("/change-email/\(token)").status == .notFound)

            await alice.open("/account")
            await alice.submit("/account/email", ["new_email": "three@example.org"])
            let third = try await self.token(site)
            site.clock.advance(seconds: 86_401)
            #expect(await alice.open("/change-email/\(third)").status == .notFound)
        }
    }

    @Test func `a mailed link stays valid when another e-mail exceeds the limit`() async throws {
        try await withMail { site, alice in
            await alice.submit("/account/email", ["new_email": "ada@example.org"])
            let token = try await token(site)
            await alice.submit("/account/email", ["new_email": "ada@example.org"])
            #expect(try await mails(site).map(\.state) == [.limited, .waiting])
            let reader = Browser(site)
            await reader.open("/change-email/\(token)")
            await reader.submit("/change-email", ["token": token, "next": ""])
            #expect(reader.page.status == .ok && reader.page.text.contains("Your address is ada@example.org now."))
        }
    }

    /// Otherwise the first link would tell whether the second address has an account.
    @Test func `a newer link voids an older one, whether the newer address is taken or not`() async throws {
        for newer in ["bob@example.com", "free@example.com"] {
            try await withMail { site, alice in
                try await Browser(site).signUp("bob")
                await alice.submit("/account/email", ["new_email": "ada@example.org"])
                let token = try await token(site)
                await alice.submit("/account/email", ["new_email": newer])
                #expect(await Browser(site).open("/change-email/\(token)").status == .notFound, "\(newer)")
            }
        }
    }

    @Test func `without mail the address changes at once, unverified, and a taken one is refused`() async throws {
        try await TestSite.with { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            try await Browser(site).signUp("bob")
            await alice.open("/account")
            await alice.submit("/account/email", ["new_email": "bob@example.com"])
            #expect(alice.page.status == .badRequest && alice.page.text.contains("Another account has this address."))
            await alice.submit("/account/email", ["new_email": "ada@example.org"])
            #expect(alice.page.status == .ok && alice.page.text.contains("<dd>ada@example.org</dd>"))
            #expect(try await user(site, "ada@example.org")?.isEmailVerified == false)
            #expect(try await site.services.outbox.mail(in: MailState.allCases, limit: 9).isEmpty)
        }
    }

    @Test func `Better Auth's client changes the address with a fresh proof`() async throws {
        try await withMail { site, _ in
            func call(_ path: String, _ body: String, _ cookie: String) async -> Response {
                await site.send(
                    .POST, "/api/auth/\(path)",
                    ["content-type": "application/json", "cookie": cookie, "origin": "http://tasks.test"], body: body)
            }
            let signUp = await site.send(
                .POST, "/api/auth/sign-up/email", ["content-type": "application/json"],
                body: #"{"name":"B","email":"bob@example.com","password":"kept-by-ob-9"}"#)
            let cookie = String(try #require(signUp.headers["set-cookie"].first).prefix { $0 != ";" })
            let same = await call("change-email", #"{"newEmail":"BOB@example.com"}"#, cookie)
            #expect(same.status == .badRequest && same.text == #"{"message":"Email is the same"}"#)
            site.clock.advance(seconds: 601)
            let stale = await call("change-email", #"{"newEmail":"b@example.org"}"#, cookie)
            #expect(stale.status == .forbidden && stale.text.contains("SESSION_NOT_FRESH"))
            #expect(await call("verify-password", #"{"password":"kept-by-ob-9"}"#, cookie).status == .ok)
            for address in ["b@example.org", "alice@example.com"] {
                let body = #"{"newEmail":"\#(address)","callbackURL":"http://app.test/done"}"#
                let answer = await call("change-email", body, cookie)
                #expect(answer.status == .ok && answer.text == #"{"status":true}"#, "\(address)")
            }
            // The second request has voided the first.
            site.clock.advance(seconds: 61)
            let again = #"{"newEmail":"b@example.org","callbackURL":"http://app.test/done"}"#
            #expect(await call("change-email", again, cookie).status == .ok)
            let token = try await token(site)
            let reader = Browser(site)
            await reader.open("/change-email/\(token)?callbackURL=http%3A%2F%2Fapp.test%2Fdone")
            let done = await reader.post(
                "/change-email", ["token": token, "next": "http://app.test/done"], token: reader.formToken)
            #expect(done.status == .seeOther && done.headers["location"] == ["http://app.test/done"])
            #expect(try await user(site, "b@example.org")?.isEmailVerified == true)
        }
        try await TestSite.with { site in
            let bob = try await site.signUp("bob")
            let off = await bob.send(.POST, "/api/auth/change-email", json: #"{"newEmail":"b@example.org"}"#)
            #expect(off.status == .badRequest && off.text.contains("CHANGE_EMAIL_DISABLED"))
        }
    }
}
