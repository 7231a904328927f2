import Auth
import Domain
import HTTPServer
import NIOHTTP1
import Storage
import Testing

/// Better Auth's client with codes from e-mails.
@Suite struct EmailCodeEndpointsTests {
    private func withAnn(
        _ rule: EmailVerification = .optional, throttleRules: ThrottleRules = .none,
        _ work: (TestSite, BetterAuthClient) async throws -> Void
    ) async throws {
        try await TestSite.with(hasMail: true, emailVerification: rule, throttleRules: throttleRules) { site in
            let ann = BetterAuthClient(site)
            try await ann.signUp()
            try await work(site, ann)
        }
    }

    private func code(_ site: TestSite, _ kind: MailKind) async throws -> String {
        let queued = try await site.services.outbox.mail(in: [.waiting], limit: 99)
        let mail = try #require(queued.first { $0.mail.kind == kind }).mail
        let secret =
            switch kind {
            case .passwordReset: try await site.services.resets.secret(in: mail)
            case .emailChange: try await site.services.emailChanges.secret(in: mail)
            default: try await site.services.verification.secret(in: mail)
            }
        return try #require(secret).code
    }

    private func wrong(_ code: String) -> String {
        code.hasPrefix("0") ? "1" + code.dropFirst() : "0" + code.dropFirst()
    }

    private let success = #"{"success":true}"#
    private let invalid = #"{"message":"Invalid OTP","code":"INVALID_OTP"}"#

    @Test func `an address is verified with the code, and no session begins`() async throws {
        try await withAnn(.required) { site, ann in
            let code = try await code(site, .emailVerification)
            func verify(_ code: String, _ email: String = "ann@example.com") async -> Response {
                await ann.call(.POST, "email-otp/verify-email", #"{"email":"\#(email)","otp":"\#(code)"}"#)
            }
            for (code, email) in [
                (wrong(code), "ann@example.com"), ("x", "ann@example.com"), (code, "unknown@example.com"),
            ] {
                let refused = await verify(code, email)
                #expect(refused.status == .badRequest && refused.text == invalid)
            }
            let done = await verify(code, "Ann@Example.com")
            #expect(done.status == .ok && done.headers["set-cookie"].isEmpty)
            let answer = try done.jsonObject()
            #expect(answer["status"] == .bool(true) && answer["token"] == .null)
            guard case .object(let user)? = answer["user"] else { throw TestSite.Unexpected() }
            #expect(user["email"] == .string("ann@example.com") && user["emailVerified"] == .bool(true))
            let signIn = await ann.call(
                .POST, "sign-in/email", #"{"email":"ann@example.com","password":"password123"}"#)
            #expect(signIn.status == .ok)
        }
    }

    @Test func `a program signs up, types the code and signs in, all as JSON`() async throws {
        try await TestSite.with(hasMail: true, emailVerification: .required) { site in
            func post(_ path: String, _ json: String) async -> Response {
                await site.send(.POST, "/api/auth/" + path, ["content-type": "application/json"], body: json)
            }
            let credentials = #"{"email":"eve@example.com","password":"password123"}"#
            #expect(await post("signup", credentials).status == .accepted)
            #expect(await post("signin", credentials).status == .forbidden)
            let code = try await code(site, .emailVerification)
            let verified = await post(
                "email-otp/verify-email", #"{"email":"eve@example.com","otp":"\#(code)"}"#)
            #expect(verified.status == .ok)
            #expect(await post("signin", credentials).status == .ok)
        }
    }

    @Test func `after five wrong codes the right one is refused, and a new mail allows no more`() async throws {
        try await withAnn { site, ann in
            let first = try await code(site, .emailVerification)
            func verify(_ code: String) async -> Response {
                await ann.call(.POST, "email-otp/verify-email", #"{"email":"ann@example.com","otp":"\#(code)"}"#)
            }
            for _ in 0..<5 { #expect(await verify(wrong(first)).text == invalid) }
            #expect(await verify(first).text == invalid)
            site.clock.advance(seconds: 61)
            let sent = await ann.call(
                .POST, "email-otp/send-verification-otp",
                #"{"email":"ann@example.com","type":"email-verification"}"#)
            #expect(sent.status == .ok && sent.text == success)
            let second = try await code(site, .emailVerification)
            #expect(second != first)
            #expect(await verify(second).text == invalid)
        }
    }

    @Test(arguments: [
        ("email-otp/request-password-reset", ""), ("email-otp/send-verification-otp", #","type":"forget-password""#),
    ])
    func `a new password is set with the code, once`(path: String, more: String) async throws {
        try await withAnn { site, ann in
            site.clock.advance(seconds: 61)
            let asked = await ann.call(.POST, path, "{\"email\":\"ann@example.com\"\(more)}")
            #expect(asked.status == .ok && asked.text == success)
            let code = try await code(site, .passwordReset)
            let visitor = BetterAuthClient(site)
            func reset(_ code: String, _ password: String) async -> Response {
                await visitor.call(
                    .POST, "email-otp/reset-password",
                    #"{"email":"ann@example.com","otp":"\#(code)","password":"\#(password)"}"#)
            }
            // The password is checked first, and costs no try.
            for _ in 0..<6 {
                #expect(try await reset(code, "short").jsonObject()["code"] == .string("PASSWORD_TOO_SHORT"))
            }
            let long = String(repeating: "ab", count: 40)
            #expect(try await reset(code, long).jsonObject()["code"] == .string("PASSWORD_TOO_LONG"))
            #expect(await reset(wrong(code), "another-one-9-9").text == invalid)
            let done = await reset(code, "another-one-9-9")
            #expect(done.status == .ok && done.text == success && visitor.cookies.isEmpty)
            #expect(await reset(code, "a-third-one-9-9").text == invalid)
            #expect(await ann.call(.GET, "get-session").text == "null")
            let signIn = await visitor.call(
                .POST, "sign-in/email", #"{"email":"ann@example.com","password":"another-one-9-9"}"#)
            #expect(signIn.status == .ok && signIn.text.contains(#""emailVerified":true"#))
        }
    }

    @Test func `the address is changed with the code that went to it`() async throws {
        try await withAnn { site, ann in
            let asked = await ann.call(.POST, "email-otp/request-email-change", #"{"newEmail":"ada@example.org"}"#)
            #expect(asked.status == .ok && asked.text == success)
            let code = try await code(site, .emailChange)
            func change(_ client: BetterAuthClient, _ email: String, _ code: String) async -> Response {
                await client.call(
                    .POST, "email-otp/change-email", #"{"newEmail":"\#(email)","otp":"\#(code)"}"#)
            }
            #expect(await change(BetterAuthClient(site), "ada@example.org", code).status == .unauthorized)
            #expect(await change(ann, "ada@example.org", wrong(code)).text == invalid)
            #expect(await change(ann, "another@example.org", code).text == invalid)
            let done = await change(ann, "ada@example.org", code)
            #expect(done.status == .ok && done.text == success && ann.cookies["better-auth.session_token"] != nil)
            let session = await ann.call(.GET, "get-session").text
            #expect(session.contains(#""email":"ada@example.org","emailVerified":true"#))
            let notices = try await site.services.outbox.mail(in: [.waiting], limit: 99).map(\.mail)
                .filter { $0.kind == .securityNotice }
            #expect(notices.map(\.address.text) == ["ann@example.com"])
        }
    }

    @Test func `changing the address requires a recent proof, and reveals no other account`() async throws {
        try await withAnn { site, ann in
            let bob = BetterAuthClient(site)
            try #require(
                await bob.call(
                    .POST, "sign-up/email", #"{"name":"Bob","email":"bob@example.com","password":"password123"}"#
                ).status == .ok)
            func ask(_ email: String) async -> Response {
                await ann.call(.POST, "email-otp/request-email-change", #"{"newEmail":"\#(email)"}"#)
            }
            #expect(await ask("ann@example.com").text == #"{"message":"Email is the same"}"#)
            #expect(await ask("nonsense").text == #"{"message":"Invalid email","code":"INVALID_EMAIL"}"#)
            #expect(await ask("bob@example.com").text == success)
            site.clock.advance(seconds: 601)
            let stale = await ask("ada@example.org")
            #expect(stale.status == .forbidden && stale.text.contains("SESSION_NOT_FRESH"))
            let anonymous = await BetterAuthClient(site).call(
                .POST, "email-otp/request-email-change", #"{"newEmail":"ada@example.org"}"#)
            #expect(anonymous.status == .unauthorized)
        }
    }

    @Test func `requests for mail and wrong codes are limited by network`() async throws {
        var rules = ThrottleRules.none
        rules.mail = [ThrottleLimit(attempts: 2, seconds: 60)].compactMap(\.self)
        rules.address = [ThrottleLimit(attempts: 2, seconds: 60)].compactMap(\.self)
        try await TestSite.with(hasMail: true, emailVerification: .optional, throttleRules: rules) { site in
            let visitor = BetterAuthClient(site)
            for (path, more) in [
                ("request-password-reset", ""), ("verify-email", #","otp":"0000 0001""#),
            ] {
                var statuses: [HTTPResponseStatus] = []
                for number in 0..<3 {
                    statuses.append(
                        await visitor.call(
                            .POST, "email-otp/" + path, "{\"email\":\"a\(number)@example.com\"\(more)}"
                        ).status)
                }
                let first: HTTPResponseStatus = more.isEmpty ? .ok : .badRequest
                #expect(statuses == [first, first, .tooManyRequests])
            }
        }
    }

    @Test func `without a mailer the routes say so`() async throws {
        try await TestSite.with { site in
            let ann = BetterAuthClient(site)
            try await ann.signUp()
            let (noVerification, noReset) = ("VERIFICATION_EMAIL_NOT_ENABLED", "RESET_PASSWORD_DISABLED")
            let noChange = "Change email with OTP is disabled"
            for (path, fields, expected) in [
                ("send-verification-otp", #""type":"email-verification""#, noVerification),
                ("send-verification-otp", #""type":"forget-password""#, noReset),
                ("send-verification-otp", #""type":"sign-in""#, "Invalid OTP type"),
                ("verify-email", #""otp":"1""#, noVerification), ("request-password-reset", #""a":"b""#, noReset),
                ("reset-password", #""otp":"1","password":"password123""#, noReset),
                ("request-email-change", #""newEmail":"ada@example.org""#, noChange),
                ("change-email", #""newEmail":"ada@example.org","otp":"1""#, noChange),
            ] {
                let json = #"{"email":"ann@example.com",\#(fields)}"#
                let answer = await ann.call(.POST, "email-otp/" + path, json)
                #expect(answer.status == .badRequest && answer.text.contains(expected), "\(path)")
            }
        }
    }
}
