import Auth
import Basics
import Crypto
import Domain
import HTTPServer
import JSON
import NIOHTTP1
import TestSupport
import Testing

/// The second factor over Better Auth's routes, where it differs from the pages.
@Suite struct TwoFactorEndpointsTests {
    /// Ann's browser, in which the second factor was turned on, and her app.
    private struct Setup {
        let site: TestSite
        let ann: BetterAuthClient
        let app: Authenticator
        let codes: [String]

        /// The next code of the app.
        func code() throws -> String {
            site.clock.advance(seconds: 30)
            return try app.code(at: site.clock.now)
        }

        /// Another browser, after the password.
        func asked(_ more: String = "") async throws -> BetterAuthClient {
            let client = BetterAuthClient(site)
            let response = await client.call(.POST, "sign-in/email", Self.signIn(more))
            try #require(response.status == .ok)
            try #require(response.text == #"{"twoFactorRedirect":true,"twoFactorMethods":["totp"]}"#)
            return client
        }

        static func signIn(_ more: String = "") -> String {
            #"{"email":"ann@example.com","password":"password123"\#(more)}"#
        }
    }

    private func withFactor(
        isHTTPS: Bool = false, hasMail: Bool = false, _ work: (Setup) async throws -> Void
    ) async throws {
        try await TestSite.with(isHTTPS: isHTTPS, hasMail: hasMail) { site in
            let ann = BetterAuthClient(site)
            try await ann.signUp()
            let (uri, codes) = try await enable(ann)
            let app = try #require(Authenticator(uri))
            let done = await ann.call(.POST, "two-factor/verify-totp", code(try app.code(at: site.clock.now)))
            try #require(done.status == .ok)
            try await work(Setup(site: site, ann: ann, app: app, codes: codes))
        }
    }

    private func enable(_ client: BetterAuthClient, _ more: String = "") async throws -> (String, [String]) {
        let body = try await client.call(.POST, "two-factor/enable", password(more)).jsonObject()
        try #require(body.members.map(\.name) == ["method", "totpURI", "backupCodes"])
        guard case .string(let uri)? = body["totpURI"], case .array(let codes)? = body["backupCodes"] else {
            throw TestSite.Unexpected()
        }
        return (uri, codes.compactMap { if case .string(let code) = $0 { code } else { nil } })
    }

    private func password(_ more: String = "") -> String { #"{"password":"password123"\#(more)}"# }

    private func code(_ code: String, _ more: String = "") -> String { #"{"code":"\#(code)"\#(more)}"# }

    private func isEnabled(_ client: BetterAuthClient) async throws -> JSONValue? {
        guard case .object(let user)? = try await client.call(.GET, "get-session").jsonObject()["user"] else {
            throw TestSite.Unexpected()
        }
        return user["twoFactorEnabled"]
    }

    private func error(_ response: Response) throws -> String {
        guard case .string(let code)? = try response.jsonObject()["code"] else { throw TestSite.Unexpected() }
        return "\(response.status.code) \(code)"
    }

    // MARK: Turning it on

    @Test func `the factor is off until a code from the app, and its recovery codes work from then on`() async throws {
        try await TestSite.with { site in
            let ann = BetterAuthClient(site)
            try await ann.signUp()
            #expect(try await isEnabled(ann) == .bool(false))
            let (uri, codes) = try await enable(ann)
            #expect(codes.count == 10 && Set(codes).count == 10)
            #expect(try await isEnabled(ann) == .bool(false))
            let shown = await ann.call(.POST, "two-factor/get-totp-uri", password())
            #expect(shown.status == .ok)
            #expect(try shown.jsonObject()["totpURI"] == .string(uri))
            #expect(await BetterAuthClient(site).call(.POST, "sign-in/email", Setup.signIn()).text.contains("token"))

            let app = try #require(Authenticator(uri))
            let wrong = await ann.call(
                .POST, "two-factor/verify-totp", code(try app.wrongCode(at: site.clock.now)))
            #expect(try error(wrong) == "401 INVALID_CODE")
            let unused = await ann.call(.POST, "two-factor/verify-backup-code", code(codes[0]))
            #expect(try error(unused) == "400 BACKUP_CODES_NOT_ENABLED")
            let token = try await ann.call(.GET, "get-session").jsonObject()["session"]
            let done = await ann.call(.POST, "two-factor/verify-totp", code(try app.code(at: site.clock.now)))
            #expect(done.status == .ok)
            let body = try done.jsonObject()
            #expect(body.members.map(\.name) == ["token", "user"])
            guard case .object(let user)? = body["user"], case .object(let session)? = token else {
                return #expect(Bool(false))
            }
            // The real server answers with the token of a session that has just ended, and with false.
            #expect(body["token"] == session["token"] && user["twoFactorEnabled"] == .bool(true))
            #expect(try await isEnabled(ann) == .bool(true))
            let other = BetterAuthClient(site)
            _ = await other.call(.POST, "sign-in/email", Setup.signIn())
            let used = await other.call(.POST, "two-factor/verify-backup-code", code(codes[3]))
            #expect(used.status == .ok)
            #expect(try await isEnabled(other) == .bool(true))
        }
    }

    @Test func `setting up another app leaves the one that is on`() async throws {
        try await withFactor { setup in
            let refused = await setup.ann.call(.POST, "two-factor/enable", password())
            #expect(try error(refused) == "400 CODE_REQUIRED")
            let (uri, codes) = try await enable(setup.ann, #","code":"\#(try setup.code())""#)
            let other = try #require(Authenticator(uri))
            // A code of the present app is right, and changes nothing.
            #expect(await setup.ann.call(.POST, "two-factor/verify-totp", code(try setup.code())).status == .ok)
            let early = try await setup.asked()
            let wrong = await early.call(
                .POST, "two-factor/verify-totp", code(try other.code(at: setup.site.clock.now)))
            #expect(try error(wrong) == "401 INVALID_CODE")
            let done = await setup.ann.call(
                .POST, "two-factor/verify-totp", code(try other.code(at: setup.site.clock.now)))
            #expect(done.status == .ok)
            let client = try await setup.asked()
            let old = await client.call(.POST, "two-factor/verify-totp", code(try setup.code()))
            #expect(try error(old) == "401 INVALID_CODE")
            let void = await client.call(.POST, "two-factor/verify-backup-code", code(setup.codes[0]))
            #expect(try error(void) == "401 INVALID_BACKUP_CODE")
            #expect(await client.call(.POST, "two-factor/verify-backup-code", code(codes[0])).status == .ok)
        }
    }

    @Test func `the name that the app shows may be the application's own`() async throws {
        try await TestSite.with { site in
            let ann = BetterAuthClient(site)
            try await ann.signUp()
            let (uri, _) = try await enable(ann, #","issuer":"Ann's Tasks","method":"totp""#)
            #expect(uri.hasPrefix("otpauth://totp/Ann%27s%20Tasks:ann%40example.com?secret="))
            #expect(uri.hasSuffix("&issuer=Ann%27s%20Tasks"))
            for (more, problem) in [
                (#","issuer":"a:b""#, "INVALID_ISSUER"), (#","method":"otp""#, "OTP_NOT_CONFIGURED"),
                (#","method":"sms""#, "VALIDATION_ERROR"), (#","issuer":5"#, "VALIDATION_ERROR"),
            ] {
                let refused = await ann.call(.POST, "two-factor/enable", password(more))
                #expect(try error(refused) == "400 \(problem)")
            }
        }
    }

    @Test func `a wrong password changes and shows nothing`() async throws {
        try await withFactor { setup in
            let wrong = #"{"password":"password124","code":"\#(setup.codes[0])"}"#
            for path in ["enable", "disable", "generate-backup-codes"] {
                let refused = await setup.ann.call(.POST, "two-factor/\(path)", wrong)
                #expect(try error(refused) == "400 INVALID_PASSWORD")
            }
            let shown = await setup.ann.call(.POST, "two-factor/get-totp-uri", password())
            #expect(try error(shown) == "400 TOTP_URI_NOT_AVAILABLE")
            #expect(try await isEnabled(setup.ann) == .bool(true))
            let client = try await setup.asked()
            #expect(
                await client.call(.POST, "two-factor/verify-backup-code", code(setup.codes[0])).status == .ok)
        }
    }

    @Test func `without a second factor, the routes say so`() async throws {
        try await TestSite.with { site in
            let ann = BetterAuthClient(site)
            try await ann.signUp()
            for (path, body, problem) in [
                ("get-totp-uri", password(), "400 TOTP_NOT_ENABLED"),
                ("generate-backup-codes", password(), "400 TWO_FACTOR_NOT_ENABLED"),
                ("verify-totp", code("123456"), "400 TOTP_NOT_ENABLED"),
                ("verify-backup-code", code("aaaaa-aaaaa"), "400 BACKUP_CODES_NOT_ENABLED"),
            ] {
                #expect(try error(await ann.call(.POST, "two-factor/\(path)", body)) == problem)
            }
            #expect(await ann.call(.POST, "two-factor/disable", password()).status == .ok)
            // There are no mailed codes, and nothing shows stored ones.
            for path in ["send-otp", "verify-otp", "view-backup-codes"] {
                let absent = await ann.call(.POST, "two-factor/\(path)", code("123456"))
                #expect(absent.status == .notFound && absent.text.isEmpty)
            }
        }
    }

    // MARK: Signing in

    @Test func `a code completes the sign-in, once`() async throws {
        try await withFactor(isHTTPS: true) { setup in
            let client = try await setup.asked()
            let challenge = try #require(client.cookies["__Secure-better-auth.two_factor"])
            #expect(
                client.lines.last
                    == "__Secure-better-auth.two_factor=\(challenge); Max-Age=600; Path=/; HttpOnly; Secure; SameSite=Lax"
            )
            #expect(await client.call(.GET, "get-session").text == "null")
            let right = try setup.code()
            let done = await client.call(.POST, "two-factor/verify-totp", code(right))
            #expect(done.status == .ok && done.headers.contains(name: "set-auth-token"))
            #expect(client.lines.count == 2)
            #expect(client.lines.first?.hasPrefix("__Secure-better-auth.session_token=") == true)
            #expect(client.lines.last?.hasPrefix("__Secure-better-auth.two_factor=; Max-Age=0;") == true)
            #expect(await client.call(.GET, "get-session").text.contains(#""twoFactorEnabled":true"#))
            // The challenge is used up, and so is the code.
            let replay = await setup.site.send(
                .POST, "/api/auth/two-factor/verify-totp",
                [
                    "content-type": "application/json", "origin": "http://tasks.test",
                    "cookie": "__Secure-better-auth.two_factor=\(challenge)",
                ], body: code(try setup.code()))
            #expect(try error(replay) == "401 INVALID_TWO_FACTOR_COOKIE")
            let again = try await setup.asked()
            #expect(
                try error(await again.call(.POST, "two-factor/verify-totp", code(right))) == "401 INVALID_CODE")
        }
    }

    @Test func `each route accepts its own codes only`() async throws {
        try await withFactor { setup in
            let client = try await setup.asked()
            let other = await client.call(.POST, "two-factor/verify-totp", code(setup.codes[0]))
            #expect(try error(other) == "401 INVALID_CODE")
            let app = await client.call(.POST, "two-factor/verify-backup-code", code(try setup.code()))
            #expect(try error(app) == "401 INVALID_BACKUP_CODE")
            let disabled = await client.call(
                .POST, "two-factor/verify-backup-code", code(setup.codes[0], #","disableSession":true"#))
            #expect(try error(disabled) == "400 SESSION_CANNOT_BE_DISABLED")
            #expect(await client.call(.POST, "two-factor/verify-backup-code", code(setup.codes[0])).status == .ok)
        }
    }

    @Test func `five wrong codes abort the sign-in, and ten lock the second factor`() async throws {
        try await withFactor { setup in
            let wrong = code(try setup.app.wrongCode(at: setup.site.clock.now))
            for _ in 1...2 {
                let client = try await setup.asked()
                for _ in 1...5 {
                    #expect(try error(await client.call(.POST, "two-factor/verify-totp", wrong)) == "401 INVALID_CODE")
                }
                let ended = await client.call(.POST, "two-factor/verify-totp", code(try setup.code()))
                #expect(try error(ended) == "400 TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE")
                #expect(client.lines == ["better-auth.two_factor=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"])
            }
            let locked = await (try setup.asked()).call(.POST, "two-factor/verify-totp", code(try setup.code()))
            #expect(try error(locked) == "429 ACCOUNT_TEMPORARILY_LOCKED")
            #expect(locked.headers.first(name: "retry-after").flatMap(Int.init) ?? 0 > 800)
        }
    }

    @Test func `a session that is not remembered ends with the browser, which is not trusted`() async throws {
        try await withFactor { setup in
            let client = try await setup.asked(#","rememberMe":false"#)
            let done = await client.call(
                .POST, "two-factor/verify-totp", code(try setup.code(), #","trustDevice":true"#))
            #expect(done.status == .ok)
            #expect(client.lines.first?.contains("Max-Age") == false)
            #expect(client.cookies["better-auth.dont_remember"] != nil && client.cookies["latchkey.device"] == nil)
        }
    }

    @Test func `a trusted browser is asked for the password alone`() async throws {
        try await withFactor { setup in
            let client = try await setup.asked()
            let done = await client.call(
                .POST, "two-factor/verify-totp", code(try setup.code(), #","trustDevice":true"#))
            #expect(done.status == .ok && client.cookies["latchkey.device"] != nil)
            let again = await client.call(.POST, "sign-in/email", Setup.signIn())
            #expect(again.status == .ok && again.text.contains(#""token":""#))
            _ = try await setup.asked()
            // Turning it off and on ends the trust.
            let off = await setup.ann.call(
                .POST, "two-factor/disable", password(#","code":"\#(try setup.code())""#))
            #expect(off.status == .ok)
            let (uri, _) = try await enable(setup.ann)
            let app = try #require(Authenticator(uri))
            _ = await setup.ann.call(
                .POST, "two-factor/verify-totp", code(try app.code(at: setup.site.clock.now)))
            #expect(await client.call(.POST, "sign-in/email", Setup.signIn()).text.contains("twoFactorRedirect"))
        }
    }

    // MARK: Changes

    @Test func `turning it off and making codes require a code beside the password`() async throws {
        try await withFactor { setup in
            for path in ["disable", "generate-backup-codes"] {
                let refused = await setup.ann.call(.POST, "two-factor/\(path)", password())
                #expect(try error(refused) == "400 CODE_REQUIRED")
                let wrong = try setup.app.wrongCode(at: setup.site.clock.now)
                for (text, problem) in [(wrong, "401 INVALID_CODE"), ("x", "401 INVALID_CODE")] {
                    let refused = await setup.ann.call(
                        .POST, "two-factor/\(path)", password(#","code":"\#(text)""#))
                    #expect(try error(refused) == problem)
                }
            }
            let made = await setup.ann.call(
                .POST, "two-factor/generate-backup-codes", password(#","code":"\#(setup.codes[0])""#))
            #expect(made.status == .ok)
            #expect(try made.jsonObject().members.map(\.name) == ["status", "backupCodes"])
            let void = await (try setup.asked()).call(
                .POST, "two-factor/verify-backup-code", code(setup.codes[1]))
            #expect(try error(void) == "401 INVALID_BACKUP_CODE")
            let off = await setup.ann.call(
                .POST, "two-factor/disable", password(#","code":"\#(try setup.code())""#))
            #expect(off.text == #"{"status":true}"#)
            #expect(try await isEnabled(setup.ann) == .bool(false))
            let client = BetterAuthClient(setup.site)
            #expect(await client.call(.POST, "sign-in/email", Setup.signIn()).text.contains(#""token":""#))
        }
    }

    @Test func `a code that a signed-in user shows is used up, and is in the trail`() async throws {
        try await withFactor { setup in
            let right = code(try setup.code())
            let checked = await setup.ann.call(.POST, "two-factor/verify-totp", right)
            #expect(checked.status == .ok && setup.ann.lines.isEmpty)
            #expect(try error(await setup.ann.call(.POST, "two-factor/verify-totp", right)) == "401 INVALID_CODE")
            let backup = code(setup.codes[0])
            #expect(await setup.ann.call(.POST, "two-factor/verify-backup-code", backup).status == .ok)
            let again = await setup.ann.call(.POST, "two-factor/verify-backup-code", backup)
            #expect(try error(again) == "401 INVALID_BACKUP_CODE")
            let kinds = try await setup.site.auditRecords().map(\.kind)
            #expect(kinds.count { $0 == .secondFactorConfirmed } == 2)
        }
    }
}
