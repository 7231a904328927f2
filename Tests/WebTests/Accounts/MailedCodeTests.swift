import Auth
import Domain
import HTTPServer
import NIOHTTP1
import Storage
import Testing

@Suite struct MailedCodeTests {
    private func withSite(_ work: (TestSite, Browser) async throws -> Void) async throws {
        try await TestSite.with(hasMail: true, emailVerification: .optional) { site in
            let alice = Browser(site)
            try await alice.signUp("alice")
            try #require(await alice.open("/account").status == .ok)
            try await work(site, alice)
        }
    }

    private func mail(_ site: TestSite, _ kind: MailKind) async throws -> OutgoingMail {
        let queued = try await site.services.outbox.mail(in: [.waiting], limit: 99)
        return try #require(queued.first { $0.mail.kind == kind }).mail
    }

    private func user(_ site: TestSite, _ email: String = "alice@example.com") async throws -> User? {
        try await site.services.accountStore.user(EmailAddress(stored: email))
    }

    /// Another code than this.
    private func wrong(_ code: String) -> String {
        code.hasPrefix("0") ? "1" + code.dropFirst() : "0" + code.dropFirst()
    }

    @Test(arguments: ["1234 5678", "12345678", " 1234-5678 ", "1234–5678", "１２３４ ５６７８", "1234\u{A0}5678"])
    func `a code is accepted however people type it`(spelling: String) async throws {
        try await withSite { site, alice in
            let mail = try await mail(site, .emailVerification)
            let code = try #require(try await site.services.verification.secret(in: mail)).code
            #expect(code.wholeMatch(of: /[0-9]{4} [0-9]{4}/) != nil)
            let digits = code.filter(\.isNumber)
            var typed = ""
            var rest = digits[...]
            for character in spelling {
                guard character.isNumber, let digit = rest.popFirst() else {
                    typed.append(character)
                    continue
                }
                let isWide = character.unicodeScalars.contains { $0.value >= 0xFF10 }
                typed +=
                    isWide
                    ? digit.unicodeScalars.compactMap { Unicode.Scalar($0.value - 0x30 + 0xFF10) }.map(String.init)
                        .joined() : String(digit)
            }
            await alice.submit("/account/verification/code", ["verification_code": typed])
            #expect(alice.page.status == .ok && alice.page.text.contains("Your address is confirmed."), "\(typed)")
            #expect(try await user(site)?.isEmailVerified == true)
        }
    }

    @Test(arguments: ["", "1", "123456789", "abcdefgh", "1234 567x", "٠١٢٣٤٥٦٧"])
    func `a malformed code is refused, and does not count as a try`(typed: String) async throws {
        try await withSite { site, alice in
            let mail = try await mail(site, .emailVerification)
            let code = try #require(try await site.services.verification.secret(in: mail)).code
            for _ in 0..<6 {
                await alice.submit("/account/verification/code", ["verification_code": typed])
                #expect(alice.page.status == .unprocessableEntity)
            }
            await alice.submit("/account/verification/code", ["verification_code": code])
            #expect(alice.page.status == .ok)
            #expect(try await user(site)?.isEmailVerified == true)
        }
    }

    @Test func `after five wrong codes the right one is refused too, a new mail changes nothing, and the link works`()
        async throws
    {
        try await withSite { site, alice in
            let first = try await mail(site, .emailVerification)
            let secret = try #require(try await site.services.verification.secret(in: first))
            for _ in 0..<5 {
                await alice.submit("/account/verification/code", ["verification_code": wrong(secret.code)])
                #expect(alice.page.status == .unprocessableEntity)
                #expect(alice.page.text.contains("This code is wrong or no longer valid."))
            }
            await alice.submit("/account/verification/code", ["verification_code": secret.code])
            #expect(alice.page.status == .unprocessableEntity)
            site.clock.advance(seconds: 61)
            await alice.submit("/account/verification", [:])
            let second = try await mail(site, .emailVerification)
            let again = try #require(try await site.services.verification.secret(in: second))
            #expect(second.id != first.id)
            await alice.submit("/account/verification/code", ["verification_code": again.code])
            #expect(alice.page.status == .unprocessableEntity)
            #expect(await alice.open("/verify/\(secret.token)").status == .ok)
            await alice.submit("/verify", ["token": secret.token, "next": ""])
            #expect(try await user(site)?.isEmailVerified == true)
        }
    }

    @Test func `a code works for fifteen minutes, for its own purpose and address only`() async throws {
        try await withSite { site, alice in
            try await Browser(site).signUp("bob")
            let mails = try await site.services.outbox.mail(in: [.waiting], limit: 99).map(\.mail)
            let bobs = try #require(mails.first { $0.address.text == "bob@example.com" })
            let alices = try #require(mails.first { $0.address.text == "alice@example.com" })
            let other = try #require(try await site.services.verification.secret(in: bobs)).code
            await alice.submit("/account/verification/code", ["verification_code": other])
            #expect(alice.page.status == .unprocessableEntity)
            let code = try #require(try await site.services.verification.secret(in: alices)).code
            let visitor = Browser(site)
            await visitor.open("/forgot")
            await visitor.submit("/forgot", ["email": "alice@example.com"])
            await visitor.submit(
                "/forgot/code", ["email": "alice@example.com", "code": code, "password": "another-one-9-9"])
            #expect(visitor.page.status == .unprocessableEntity)
            site.clock.advance(seconds: 901)
            await alice.submit("/account/verification/code", ["verification_code": code])
            #expect(alice.page.status == .unprocessableEntity)
        }
    }

    @Test func `a forgotten password is set with the code, once, and proves the address`() async throws {
        try await withSite { site, _ in
            let visitor = Browser(site)
            await visitor.open("/forgot")
            await visitor.submit("/forgot", ["email": "alice@example.com"])
            #expect(visitor.page.status == .ok && visitor.page.text.contains(#"autocomplete="one-time-code""#))
            let code = try #require(
                try await site.services.resets.secret(in: try await mail(site, .passwordReset))
            ).code
            await visitor.submit("/forgot/code", ["email": "alice@example.com", "code": code, "password": "short"])
            #expect(visitor.page.status == .unprocessableEntity)
            #expect(visitor.page.text.contains(#"id="password-error">"#))
            let form: KeyValuePairs = ["email": "Alice@Example.com", "code": code, "password": "another-one-9-9"]
            await visitor.submit("/forgot/code", form)
            #expect(visitor.page.status == .ok && visitor.page.text.contains("Your new password is set."))
            #expect(try await user(site)?.isEmailVerified == true)
            await visitor.open("/forgot?notice=sent")
            await visitor.submit("/forgot/code", form)
            #expect(visitor.page.status == .unprocessableEntity)
        }
    }

    @Test func `a wrong code gets the same response with and without an account`() async throws {
        try await withSite { site, _ in
            let visitor = Browser(site)
            func answer(_ email: String) async -> (HTTPResponseStatus, String) {
                await visitor.open("/forgot")
                await visitor.submit("/forgot", ["email": email])
                await visitor.submit(
                    "/forgot/code", ["email": email, "code": "0000 0001", "password": "another-one-9-9"])
                return (visitor.page.status, visitor.page.text.replacing(email, with: "…"))
            }
            let (known, unknown) = (await answer("alice@example.com"), await answer("nothing@example.com"))
            #expect(known.0 == .unprocessableEntity && known.0 == unknown.0)
            #expect(known.1 == unknown.1)
            let attempts = try await site.database.read { connection in
                try connection.rows(
                    "SELECT code_attempts FROM account_links WHERE purpose = 'password-reset' ORDER BY address"
                ) { $0.integer(0) }
            }
            #expect(attempts == [1, 1])
        }
    }

    @Test func `wrong codes for many addresses are throttled by network`() async throws {
        var rules = ThrottleRules.none
        rules.address = [ThrottleLimit(attempts: 3, seconds: 60)].compactMap(\.self)
        try await TestSite.with(hasMail: true, throttleRules: rules) { site in
            let visitor = Browser(site)
            var statuses: [HTTPResponseStatus] = []
            for number in 0..<4 {
                await visitor.open("/forgot?notice=sent")
                await visitor.submit(
                    "/forgot/code",
                    ["email": "a\(number)@example.com", "code": "0000 0001", "password": "another-one-9-9"])
                statuses.append(visitor.page.status)
            }
            #expect(
                statuses == [.unprocessableEntity, .unprocessableEntity, .unprocessableEntity, .tooManyRequests])
        }
    }

    @Test func `a change of address is confirmed with the code`() async throws {
        try await withSite { site, alice in
            await alice.submit("/account/email", ["new_email": "ada@example.org"])
            #expect(alice.page.text.contains(#"name="email_code""#))
            let code = try #require(
                try await site.services.emailChanges.secret(in: try await mail(site, .emailChange))
            ).code
            await alice.submit("/account/email/code", ["email_code": wrong(code)])
            #expect(alice.page.status == .unprocessableEntity)
            #expect(alice.page.text.contains("This code is wrong or no longer valid."))
            let bob = Browser(site)
            try await bob.signUp("bob")
            await bob.open("/account")
            await bob.submit("/account/email/code", ["email_code": code])
            #expect(bob.page.status == .unprocessableEntity)
            await alice.submit("/account/email/code", ["email_code": code])
            #expect(alice.page.status == .ok && alice.page.text.contains("<dd>ada@example.org</dd>"))
            #expect(try await user(site, "ada@example.org")?.isEmailVerified == true)
        }
    }
}
