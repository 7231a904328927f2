import Domain
import HTTPServer
import JSON
import NIOHTTP1
import Storage
import Testing

@Suite struct ForgotTests {
    private func mails(_ site: TestSite) async throws -> [QueuedMail] {
        try await site.services.outbox.mail(in: MailState.allCases, limit: 99)
    }

    @Test func `the form answers alike for known and unknown addresses`() async throws {
        try await TestSite.with(hasMail: true) { site in
            try await Browser(site).signUp("alice")
            var answers: [String] = []
            for address in ["alice@example.com", "nobody@example.com"] {
                let browser = Browser(site)
                await browser.open("/forgot")
                #expect(browser.page.status == .ok)
                let answer = await browser.post("/forgot", ["email": address], token: browser.formToken)
                #expect(answer.status == .seeOther)
                answers.append("\(answer.headers.map { "\($0.name): \($0.value)" }.sorted())\(answer.text)")
                await browser.open("/forgot?notice=sent")
                #expect(browser.page.text.contains("If there is an account with that address"))
            }
            #expect(answers[0] == answers[1])
            #expect(try await mails(site).map(\.state) == [.suppressed, .waiting])
        }
    }

    @Test func `the form asks again for an invalid address`() async throws {
        try await TestSite.with(hasMail: true) { site in
            let browser = Browser(site)
            await browser.open("/forgot")
            await browser.submit("/forgot", ["email": "not an address"])
            #expect(browser.page.status == .unprocessableEntity)
            #expect(browser.page.text.contains("Enter an e-mail address"))
            #expect(browser.page.text.contains(#"value="not an address""#))
            let queued = try await mails(site)
            #expect(queued.isEmpty)
        }
    }

    @Test func `without a mailer the page says so, and nothing is queued`() async throws {
        try await TestSite.with { site in
            let browser = Browser(site)
            await browser.open("/login")
            let token = browser.formToken
            await browser.open("/forgot")
            #expect(browser.page.status == .ok)
            #expect(browser.page.text.contains("This server sends no mail."))
            #expect(browser.formToken == nil)
            #expect(await browser.post("/forgot", ["email": "a@example.com"], token: token).status == .notFound)
            let queued = try await mails(site)
            #expect(queued.isEmpty)
        }
    }

    @Test func `Better Auth's client asks, and its page gets the token`() async throws {
        try await TestSite.with(trustedOrigins: ["http://app.test"], hasMail: true) { site in
            try await Browser(site).signUp("alice")
            func post(_ path: String, _ body: String) async -> Response {
                await site.send(.POST, "/api/auth/" + path, ["content-type": "application/json"], body: body)
            }
            for address in ["alice@example.com", "nobody@example.com"] {
                let answer = await post(
                    "request-password-reset", #"{"email":"\#(address)","redirectTo":"http://app.test/new?a=b"}"#)
                #expect(answer.status == .ok)
                #expect(
                    answer.text
                        == #"{"status":true,"message":"If this email exists in our system, check your email for the reset link"}"#
                )
            }
            let foreign = await post(
                "request-password-reset", #"{"email":"alice@example.com","redirectTo":"http://evil.test/"}"#)
            #expect(foreign.status == .forbidden)

            let mail = try #require(try await mails(site).first { $0.state == .waiting }).mail
            #expect(mail.details["redirect_to"] == "http://app.test/new?a=b")
            let token = try #require(try await site.services.resets.secret(in: mail)?.token)
            let link = "/api/auth/reset-password/\(token)?callbackURL=http%3A%2F%2Fapp.test%2Fnew%3Fa%3Db"
            for _ in 0..<3 {
                let redirect = await site.send(.GET, link)
                #expect(redirect.status == .found)
                #expect(redirect.headers["location"] == ["http://app.test/new?a=b&token=\(token)"])
            }
            #expect(await post("reset-password", #"{"newPassword":"short","token":"\#(token)"}"#).status == .badRequest)
            #expect(
                await post("reset-password", #"{"newPassword":"a-new-horse-9","token":"\#(token)"}"#).text
                    == #"{"status":true}"#)
            let again = await post("reset-password", #"{"newPassword":"a-new-horse-9","token":"\#(token)"}"#)
            #expect(again.status == .badRequest && again.text.contains("INVALID_TOKEN"))
            let used = await site.send(.GET, link)
            #expect(used.headers["location"] == ["http://app.test/new?a=b&error=INVALID_TOKEN"])
            let signIn = await post("sign-in/email", #"{"email":"alice@example.com","password":"a-new-horse-9"}"#)
            #expect(signIn.status == .ok)
        }
    }
}
