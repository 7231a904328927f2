import Auth
import Basics
import Crypto
import Domain
import HTTPClient
import HTTPServer
import JSON
import NIOHTTP1
import TestSupport
import Testing

/// Each way into an account that has a second factor, with the password alone.
@Suite struct EveryWayInTests {
    private typealias Way = @Sendable (TestSite, Authenticator) async throws -> [Response]

    private static let client = Client(ipAddress: "127.0.0.1", userAgent: "tests")
    private static let password = "kept-by-lice"

    /// The ways, by the routes that can begin a session.
    private static let ways: [String: Way] = [
        "POST /api/auth/signup": { site, _ in
            [await post(site, "signup", #"{"email":"alice@example.com","password":"kept-by-lice"}"#)]
        },
        "POST /api/auth/signin": { site, _ in [await signIn(site)] },
        "POST /api/auth/second-factor": { site, app in
            let challenge = try text(await signIn(site).jsonObject()["challenge"])
            let wrong = try app.wrongCode(at: site.clock.now)
            let right = try app.code(at: site.clock.now.adding(seconds: 30))
            var answers: [Response] = []
            for (challenge, code) in [("", wrong), (challenge, wrong), (challenge, ""), ("x", right)] {
                answers.append(await post(site, "second-factor", #"{"challenge":"\#(challenge)","code":"\#(code)"}"#))
            }
            return answers
        },
        "POST /api/auth/sign-up/email": { site, _ in
            [
                await post(
                    site, "sign-up/email", #"{"name":"","email":"alice@example.com","password":"kept-by-lice"}"#)
            ]
        },
        "POST /api/auth/sign-in/email": { site, _ in
            [await post(site, "sign-in/email", #"{"email":"alice@example.com","password":"kept-by-lice"}"#)]
        },
        "POST /api/auth/two-factor/verify-totp": { site, app in
            let right = try app.code(at: site.clock.now.adding(seconds: 30))
            return try await answers(site, "verify-totp", [app.wrongCode(at: site.clock.now), "", "x"], right)
        },
        "POST /api/auth/two-factor/verify-backup-code": { site, app in
            let right = try app.code(at: site.clock.now.adding(seconds: 30))
            return try await answers(site, "verify-backup-code", ["aaaaa-aaaaa", "", right], right)
        },
        "GET /login": { site, _ in [await Browser(site).open("/login")] },
        "POST /login": { site, _ in [await signInByForm(site).page] },
        "POST /login/second-factor": { site, app in
            let browser = await signInByForm(site)
            let ticket = try ticket(browser)
            let right = try app.code(at: site.clock.now.adding(seconds: 30))
            var answers: [Response] = []
            for code in ["", "12345", try app.wrongCode(at: site.clock.now), "aaaaa-aaaaa"] {
                answers.append(
                    await browser.submit("/login/second-factor", ["ticket": ticket, "code": code, "next": "/account"]))
            }
            // A right code is refused without the challenge, or with that of another browser.
            let other = Browser(site)
            for ticket in [ticket, "", "x"] {
                await other.open("/login")
                answers.append(await other.submit("/login/second-factor", ["ticket": ticket, "code": right]))
            }
            return answers
        },
        "POST /api/auth/passkey": { site, app in
            var answers: [Response] = []
            for passkey in try await refusedPasskeys(site, app) {
                let request = try #require(try site.services.auth.passkeyRequest())
                answers.append(
                    await post(site, "passkey", #"{"credential":\#(try passkey.assertion(request.challenge))}"#))
            }
            return answers
        },
        "POST /api/auth/passkey/verify-authentication": { site, app in
            var answers: [Response] = []
            for passkey in try await refusedPasskeys(site, app) {
                let client = BetterAuthClient(site)
                let options = await client.call(.GET, "passkey/generate-authenticate-options")
                let challenge = try #require(Base64URL.decode(text(options.jsonObject()["challenge"]).utf8))
                answers.append(
                    await client.call(
                        .POST, "passkey/verify-authentication", #"{"response":\#(try passkey.assertion(challenge))}"#))
            }
            return answers
        },
        "POST /login/passkey": { site, app in
            let browser = Browser(site)
            var answers: [Response] = []
            for passkey in try await refusedPasskeys(site, app) {
                await browser.open("/login")
                let request = try #require(try site.services.auth.passkeyRequest())
                answers.append(
                    await browser.submit("/login/passkey", ["credential": try passkey.assertion(request.challenge)]))
            }
            return answers
        },
        "GET /signup": { site, _ in [await Browser(site).open("/signup")] },
        "POST /signup": { site, _ in
            let browser = Browser(site)
            await browser.open("/signup")
            return [
                await browser.submit(
                    "/signup", ["email": "alice@example.com", "username": "", "password": "kept-by-lice"])
            ]
        },
        "GET /invitation/{token}": { site, _ in
            [await Browser(site).open("/invitation/" + String(repeating: "a", count: 32))]
        },
        "GET /api/auth/callback/{provider}": { site, _ in [try await visitProvider(site)] },
        "POST /account/return": { site, _ in
            let user = try #require(
                try await site.services.accountStore.user(EmailAddress(stored: "alice@example.com")))
            try await site.services.deletions.request(of: user, from: client)
            let browser = await signInByForm(site)
            try #require(browser.page.text.contains("<h1>Keep your account?</h1>"))
            return [await browser.submit("/account/return", ["ticket": try ticket(browser)])]
        },
        "POST /verification": { site, _ in
            try await unverify(site)
            let browser = await signInByForm(site)
            let code = try await mailedCode(site)
            return [await browser.submit("/verification", ["ticket": try ticket(browser), "code": code])]
        },
        "POST /verification/mail": { site, _ in
            try await unverify(site)
            let browser = await signInByForm(site)
            return [await browser.submit("/verification/mail", ["ticket": try ticket(browser)])]
        },
    ]

    @Test func `every route that can begin a session is tried`() async throws {
        try await TestSite.with { site in
            let routes = site.site.router.routes.filter(\.attributes.signsIn).map { "\($0.method.rawValue) \($0.path)" }
            #expect(Set(routes) == Set(Self.ways.keys))
        }
    }

    /// `TestSite` looks at each answer of all tests in this way.
    @Test func `a route that begins a session without saying so is noticed`() async throws {
        try await TestSite.with { site in
            _ = try await site.signUp("alice")
            let answer = await Self.signIn(site)
            #expect(answer.status == .ok)
            var attributes = RouteAttributes()
            #expect(BegunSession.isUnmarked(answer, to: [:], at: attributes))
            attributes.signsIn = true
            #expect(!BegunSession.isUnmarked(answer, to: [:], at: attributes))
        }
    }

    @Test(arguments: ways.keys.sorted())
    func `no route begins a session before the second factor`(route: String) async throws {
        let way = try #require(Self.ways[route])
        try await TestSite.with(
            origin: "http://localhost:8000", hasProvider: true, hasMail: true, emailVerification: .required
        ) { site in
            let app = try await Self.setUp(site)
            let before = try await Self.sessions(site)
            let answers = try await way(site, app)
            try #require(!answers.isEmpty)
            for answer in answers {
                #expect(answer.status.code < 500)
                #expect(!BegunSession.isIn(answer), "\(answer.headers)")
                #expect(!answer.headers["set-cookie"].contains { $0.hasPrefix("latchkey.device=") })
                #expect(!answer.text.contains("access_token") && !answer.text.contains(#""token":""#), "\(answer.text)")
            }
            let after = try await Self.sessions(site)
            #expect(after.isSubset(of: before))
        }
    }

    @Test func `the responses tell each client what to do`() async throws {
        try await TestSite.with { site in
            let app = try await Self.setUp(site)
            let refused = await Self.signIn(site)
            #expect(refused.status == .forbidden && refused.detail == "Second factor required")
            #expect(try refused.jsonObject()["methods"] == .array([.string("totp"), .string("recovery_code")]))
            let challenge = try Self.text(refused.jsonObject()["challenge"])
            site.clock.advance(seconds: 30)
            let done = await Self.post(
                site, "second-factor", #"{"challenge":"\#(challenge)","code":"\#(try app.code(at: site.clock.now))"}"#)
            #expect(done.status == .ok)
            #expect(try done.jsonObject().members.map(\.name) == ["access_token", "token_type", "user"])
            let token = try Self.text(done.jsonObject()["access_token"])
            let me = await site.send(.GET, "/api/auth/me", ["authorization": "Bearer \(token)"])
            #expect(me.status == .ok)

            let client = await Self.post(
                site, "sign-in/email", #"{"email":"alice@example.com","password":"kept-by-lice"}"#)
            #expect(client.status == .ok)
            #expect(client.text == #"{"twoFactorRedirect":true,"twoFactorMethods":["totp"]}"#)
        }
    }

    @Test func `a wrong password does not reveal a second factor`() async throws {
        try await TestSite.with { site in
            _ = try await Self.setUp(site)
            let wrong = await Self.post(site, "signin", #"{"email":"alice@example.com","password":"kept-by-mice"}"#)
            #expect(wrong.status == .unauthorized && wrong.detail == "Invalid credentials")
        }
    }

    @Test func `a token of a service that shares the secret is refused, unless it has asked`() async throws {
        for isTrusted in [false, true] {
            try await TestSite.with(trustsSharedSecret: isTrusted) { site in
                let bob = try await site.signUp("bob")
                _ = try await Self.setUp(site)
                let alice = try #require(
                    try await site.services.accountStore.user(EmailAddress(stored: "alice@example.com")))
                for (id, isAdmitted) in [(alice.id.rawValue, isTrusted), (bob.userID, true)] {
                    let token = try site.sharedSecretToken(of: id)
                    let answer = await site.send(.GET, "/api/tasks", ["authorization": "Bearer \(token)"])
                    #expect(answer.status == (isAdmitted ? .ok : .unauthorized))
                    #expect(isAdmitted || answer.detail.hasPrefix("This account has a second factor"))
                }
            }
        }
    }

    // MARK: Helpers

    /// An account with a second factor, and its app.
    private static func setUp(_ site: TestSite) async throws -> Authenticator {
        let services = site.services
        _ = try await services.administration(by: .server).create(
            email: "alice@example.com", username: "alice", password: password)
        try await setVerified(site, true)
        let signIn = try await services.auth.signIn(email: "alice@example.com", password: password, from: client)
        let app = try await services.turnOnSecondFactor(
            for: signIn.user, in: signIn.session, from: client, at: site.clock.now
        ).app
        return app
    }

    /// Passkeys that do not count as both factors: one without user verification, one with another's signature, and an
    /// unknown one.
    private static func refusedPasskeys(_ site: TestSite, _ app: Authenticator) async throws -> [SoftPasskey] {
        let services = site.services
        let alice = try #require(try await services.accountStore.user(EmailAddress(stored: "alice@example.com")))
        let session = try #require(try await services.sessions.sessions(of: alice.id).first)
        site.clock.advance(seconds: 30)
        let creation = try await services.passkeys.begin(
            for: alice, in: session, proving: nil, code: app.code(at: site.clock.now), from: client)
        let passkey = try SoftPasskey(at: site.origin, "localhost")
        try await services.passkeys.add(
            PasskeyResponse(json: passkey.creation(creation.challenge)), named: "Laptop", for: alice, in: session,
            from: client)
        let unknown = try SoftPasskey(at: site.origin, "localhost")
        return [passkey.counting(9).without(0x04), unknown.named(passkey.id), unknown]
    }

    private static func setVerified(_ site: TestSite, _ isVerified: Bool) async throws {
        try await site.database.write { connection in
            _ = try connection.execute("UPDATE users SET email_verified = \(isVerified), must_verify = \(!isVerified)")
        }
    }

    /// A visit to the provider to which the account is linked.
    private static func visitProvider(_ site: TestSite) async throws -> Response {
        let user = try #require(
            try await site.services.accountStore.user(EmailAddress(stored: "alice@example.com")))
        let event = AuditEvent(.providerLinked, at: site.clock.now, by: .server, user: user.id)
        let account = LinkedAccount(
            id: LinkedAccountID(rawValue: "l"), userID: user.id, provider: "test",
            identity: ProviderIdentity(issuer: TestProvider.issuer, subject: "sub-1"), email: nil,
            linkedAt: site.clock.now)
        let session = try #require(try await site.services.sessions.sessions(of: user.id).first)
        _ = try await site.services.accountStore.link(
            account, where: .owner(session.id, provedAddress: nil), notifying: nil, recording: event)
        let browser = Browser(site)
        await browser.open("/login")
        await browser.submit("/login/providers/test", [:])
        return await browser.open(try site.provider.callback(after: browser.page, as: "sub-1"))
    }

    private static func unverify(_ site: TestSite) async throws { try await setVerified(site, false) }

    private static func sessions(_ site: TestSite) async throws -> Set<String> {
        Set(try await site.database.read { try $0.rows("SELECT id FROM sessions") { $0.text(0) } })
    }

    private static func post(_ site: TestSite, _ path: String, _ body: String) async -> Response {
        await site.send(.POST, "/api/auth/" + path, ["content-type": "application/json"], body: body)
    }

    private static func signIn(_ site: TestSite) async -> Response {
        await post(site, "signin", #"{"email":"alice@example.com","password":"kept-by-lice"}"#)
    }

    /// What Better Auth's client gets for these codes in a sign-in, and for the right one without it.
    private static func answers(
        _ site: TestSite, _ path: String, _ codes: [String], _ right: String
    ) async throws -> [Response] {
        let client = BetterAuthClient(site)
        var answers = [
            await client.call(
                .POST, "sign-in/email", #"{"email":"alice@example.com","password":"kept-by-lice"}"#)
        ]
        try #require(client.cookies["better-auth.two_factor"] != nil)
        for code in codes {
            answers.append(await client.call(.POST, "two-factor/\(path)", #"{"code":"\#(code)"}"#))
        }
        answers.append(await BetterAuthClient(site).call(.POST, "two-factor/\(path)", #"{"code":"\#(right)"}"#))
        return answers
    }

    private static func signInByForm(_ site: TestSite) async -> Browser {
        let browser = Browser(site)
        await browser.open("/login")
        await browser.submit("/login", ["email": "alice@example.com", "password": "kept-by-lice"])
        return browser
    }

    private static func ticket(_ browser: Browser) throws -> String {
        String(try #require(browser.page.text.firstMatch(of: /name="ticket" value="([^"]+)"/)?.1))
    }

    private static func mailedCode(_ site: TestSite) async throws -> String {
        let queued = try await site.services.outbox.mail(in: [.waiting], limit: 99)
        let mail = try #require(queued.first { $0.mail.kind == .emailVerification }).mail
        return try #require(try await site.services.verification.secret(in: mail)).code
    }

    private static func text(_ value: JSONValue?) throws -> String {
        guard case .string(let text)? = value else { throw TestSite.Unexpected() }
        return text
    }
}
