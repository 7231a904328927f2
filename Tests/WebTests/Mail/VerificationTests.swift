import Auth
import Domain
import HTTPServer
import JSON
import NIOHTTP1
import Storage
import Testing

@Suite struct VerificationTests {
    private func withSite(_ work: (TestSite) async throws -> Void) async throws {
        try await TestSite.with(trustedOrigins: ["http://app.test"], hasMail: true, emailVerification: .optional, work)
    }

    private func waiting(_ site: TestSite) async throws -> [OutgoingMail] {
        try await site.services.outbox.mail(in: [.waiting], limit: 99).map(\.mail)
    }

    private func token(_ site: TestSite) async throws -> String {
        let mail = try #require(try await waiting(site).first)
        return try #require(try await site.services.verification.secret(in: mail)?.token)
    }

    private func isVerified(_ site: TestSite) async throws -> Bool {
        try #require(try await site.services.accountStore.user(EmailAddress(stored: "alice@example.com")))
            .isEmailVerified
    }

    private func post(_ site: TestSite, _ path: String, _ body: String, _ headers: HTTPHeaders = [:]) async -> Response
    {
        var headers = headers
        headers.add(name: "content-type", value: "application/json")
        return await site.send(.POST, "/api/auth/" + path, headers, body: body)
    }

    @Test func `opening the link changes nothing, its button verifies, and a second press says so`() async throws {
        try await withSite { site in
            try await Browser(site).signUp("alice")
            let token = try await token(site)
            let visitor = Browser(site)
            for _ in 0..<20 { #expect(await visitor.open("/verify/\(token)").status == .ok) }
            for _ in 0..<3 { #expect(await site.send(.HEAD, "/verify/\(token)").status == .ok) }
            #expect(try await !isVerified(site))
            #expect(visitor.page.headers["referrer-policy"] == ["strict-origin"])
            #expect(visitor.page.headers["cache-control"] == ["no-store"])
            await visitor.submit("/verify", ["token": token, "next": ""])
            #expect(visitor.page.status == .ok)
            #expect(visitor.page.text.contains("alice@example.com is confirmed."))
            #expect(try await isVerified(site))
            let again = await visitor.open("/verify/\(token)")
            #expect(again.status == .ok && again.text.contains("is confirmed."))
            let events = try await site.auditRecords().map(\.event)
            #expect(events.filter { $0 == "email_verified" }.count == 1)
            #expect(!"\(try await site.auditRecords())".contains(token))
        }
    }

    @Test func `a link of another purpose, time or address is refused`() async throws {
        try await withSite { site in
            try await Browser(site).signUp("alice")
            let token = try await token(site)
            let alice = try #require(try await site.services.administration(by: .server).user("alice@example.com"))
            let (reset, _) = try await site.services.administration(by: .server).makeResetToken(for: alice)
            let browser = Browser(site)
            #expect(await browser.open("/verify/\(reset)").status == .notFound)
            #expect(await browser.open("/reset/\(token)").status == .notFound)
            for wrong in ["x", String(repeating: "a", count: 32), token.uppercased(), token + "a"] {
                #expect(await browser.open("/verify/\(wrong)").status == .notFound)
            }
            try await site.database.write { connection in
                _ = try connection.execute("UPDATE users SET email = \("new@example.com")")
            }
            #expect(await browser.open("/verify/\(token)").status == .notFound)
            try await site.database.write { connection in
                _ = try connection.execute("UPDATE users SET email = \("alice@example.com")")
            }
            site.clock.advance(seconds: 86_401)
            await browser.open("/login")
            await browser.submit("/verify", ["token": token])
            #expect(browser.page.status == .notFound)
            #expect(try await !isVerified(site))
        }
    }

    @Test func `Better Auth's client asks for the e-mail, and GET does not verify`() async throws {
        try await withSite { site in
            let signUp = await post(
                site, "sign-up/email",
                #"{"name":"A","email":"alice@example.com","password":"kept-by-lice","callbackURL":"http://app.test/in"}"#
            )
            #expect(signUp.status == .ok)
            let session = try #require(signUp.headers["set-cookie"].first { $0.contains("session_token") })
            let cookie: HTTPHeaders = [
                "cookie": String(session.prefix { $0 != ";" }), "origin": "http://tasks.test",
            ]
            let token = try await token(site)
            let click = await site.send(
                .GET, "/api/auth/verify-email?token=\(token)&callbackURL=http%3A%2F%2Fapp.test%2Fin")
            #expect(click.status == .found)
            #expect(
                click.headers["location"]
                    == ["http://tasks.test/verify/\(token)?callbackURL=http%3A%2F%2Fapp.test%2Fin"])
            #expect(try await !isVerified(site))

            for (body, headers, answer) in [
                (#"{"email":"nobody@example.com"}"#, [:], #"{"status":true}"#),
                (#"{"email":"bob@example.com"}"#, cookie, "EMAIL_MISMATCH"),
                (#"{"email":"alice@example.com"}"#, cookie, #"{"status":true}"#),
            ] as [(String, HTTPHeaders, String)] {
                #expect(await post(site, "send-verification-email", body, headers).text.contains(answer), "\(body)")
            }
            // Too soon after the first.
            #expect(try await waiting(site).count == 1)

            let browser = Browser(site)
            await browser.open("/verify/\(token)?callbackURL=http%3A%2F%2Fapp.test%2Fin")
            let done = await browser.post(
                "/verify", ["token": token, "next": "http://app.test/in"], token: browser.formToken)
            #expect(done.status == .seeOther && done.headers["location"] == ["http://app.test/in"])
            #expect(try await isVerified(site))
            let late = await post(site, "send-verification-email", #"{"email":"alice@example.com"}"#, cookie)
            #expect(late.status == .badRequest && late.text.contains("EMAIL_ALREADY_VERIFIED"))
            // There is no redirect to an untrusted page.
            await browser.open("/login")
            let evil = await browser.post(
                "/verify", ["token": token, "next": "http://evil.test/"], token: browser.formToken)
            #expect(evil.status == .ok)
        }
    }

    @Test func `the account page sends the link again until the address is verified`() async throws {
        try await withSite { site in
            let browser = Browser(site)
            try await browser.signUp("alice")
            site.clock.advance(seconds: 100)
            #expect(await browser.open("/account").text.contains("This address is not confirmed yet."))
            await browser.submit("/account/verification", [:])
            #expect(browser.page.status == .ok)
            #expect(browser.page.text.contains("An e-mail with a link is on its way"))
            let states = try await site.services.outbox.mail(in: MailState.allCases, limit: 9).map(\.state)
            #expect(states == [.waiting, .obsolete])
            let token = try await token(site)
            try await site.services.verification.verify(
                token: token, by: nil, from: Client(ipAddress: "", userAgent: ""))
            let page = await browser.open("/account")
            #expect(page.status == .ok && !page.text.contains("not confirmed yet"))
            #expect(page.text.contains("E-mail address confirmed"))
        }
    }

    @Test func `unknown, verified and unverified addresses write the same rows`() async throws {
        try await withSite { site in
            try await Browser(site).signUp("alice")
            site.clock.advance(seconds: 100)
            for address in ["alice@example.com", "nobody@example.com"] {
                let answer = await post(site, "send-verification-email", #"{"email":"\#(address)"}"#)
                #expect(answer.status == .ok && answer.text == #"{"status":true}"#)
            }
            let states = try await site.services.outbox.mail(in: MailState.allCases, limit: 9).map(\.state)
            #expect(states == [.suppressed, .waiting, .obsolete])
        }
    }
}
