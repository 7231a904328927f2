import App
import Basics
import Crypto
import Domain
import JSON
import Storage
import TestSupport
import Testing

@testable import Auth

/// Signing in with a provider, and linking its accounts.
@Suite struct ProviderServiceTests {
    private static let client = Client(ipAddress: "192.0.2.7", userAgent: "tests")
    private static let browser = String(repeating: "b", count: 32)

    /// A server with one provider.
    private struct Setup {
        let services: Services
        let provider: TestProvider
        let clock: TestClock

        var providers: ProviderService { services.providers }
        var store: SQLAccountStore { services.accountStore }

        func depart(
            _ purpose: ProviderPurpose = .signIn(isRemembered: true, invitationDigest: nil)
        ) async throws -> String {
            try await providers.begin(
                "test", for: purpose, to: .init("/dashboard"), in: [browser], from: client
            ).url
        }

        func finish(_ answer: ProviderAnswer, in session: Session? = nil) async throws -> ProviderOutcome {
            let flow = try #require(
                try await providers.flow(endedBy: answer, of: "test", in: [browser], from: client))
            return try await providers.finish(flow, with: answer, in: session, from: client)
        }

        /// Signs in at the provider, and here.
        @discardableResult
        func signIn(
            as subject: String = "sub-1", email: String? = "alice@example.com", isVerified: Bool = true,
            changing change: (inout TestProvider.Claims) -> Void = { _ in }
        ) async throws -> (signIn: SignIn, isNew: Bool) {
            let answer = try provider.answer(
                to: try await depart(), as: subject, email: email, isVerified: isVerified, changing: change)
            guard case .signedIn(let signIn, let isNew) = try await finish(answer) else { throw Unexpected() }
            return (signIn, isNew)
        }

        /// The reason why signing in at the provider does not sign in here; nil if it does.
        func refusal(
            as subject: String = "sub-1", email: String? = "alice@example.com", isVerified: Bool = true,
            changing change: (inout TestProvider.Claims) -> Void = { _ in }
        ) async throws -> ProviderRefusalReason? {
            do {
                try await signIn(as: subject, email: email, isVerified: isVerified, changing: change)
            } catch let refusal as ProviderRefusal {
                return refusal.reason
            }
            return nil
        }

        func link(as subject: String, email: String? = nil, in session: Session) async throws {
            let answer = try provider.answer(to: try await depart(.link(session.id)), as: subject, email: email)
            _ = try await finish(answer, in: session)
        }

        /// An account with a password.
        func signUp(_ name: String = "alice", isVerified: Bool = true) async throws -> SignIn {
            let outcome = try await services.auth.signUp(
                .init(email: "\(name)@example.com", password: "kept-by-\(name.dropFirst())", username: nil),
                from: client)
            let signIn = try #require(outcome.signIn)
            if isVerified {
                _ = try await store.verify(
                    signIn.user.email, of: signIn.user.id, elsewhere: false, at: clock.now,
                    recording: AuditEvent(.emailVerified, at: clock.now, by: .server, user: signIn.user.id))
            }
            return signIn
        }

        /// The token of the link in a mail of this kind that waits.
        func mailedToken(_ kind: MailKind) async throws -> String {
            let queued = try await services.outbox.mail(in: [.waiting], limit: 99)
            let mail = try #require(queued.first { $0.mail.kind == kind }).mail
            let secret =
                switch kind {
                case .passwordReset: try await services.resets.secret(in: mail)
                case .emailChange: try await services.emailChanges.secret(in: mail)
                default: try await services.verification.secret(in: mail)
                }
            return try #require(secret).token
        }

        func unlink(_ account: LinkedAccount, _ user: User, in session: Session) async throws -> Bool {
            try await providers.unlink(account.id, of: user, in: session, proving: nil, from: client)
        }
    }

    private struct Unexpected: Error {}

    private static func with(
        signUp: SignUpPolicy = SignUpPolicy(), allowsPasswords: Bool = true, hasMail: Bool = false,
        claims: [String] = [], _ work: (Setup) async throws -> Void
    ) async throws {
        let clock = TestClock()
        let provider = try TestProvider(claims: claims) { clock.now }
        func configure(_ settings: inout ServiceSettings) {
            settings.providers = [TestProvider.provider]
            settings.signUp = signUp
            settings.allowsPasswordSignIn = allowsPasswords
            settings.sendsMail = hasMail
        }
        try await Services.withTest(clock: clock, sender: provider, configure: configure) { services in
            try await work(Setup(services: services, provider: provider, clock: clock))
        }
    }

    // MARK: The flow

    @Test func `a browser is sent with state, nonce and PKCE, and the client authenticates`() async throws {
        try await Self.with { setup in
            let url = try await setup.depart()
            let query = try TestProvider.query(of: url)
            #expect(url.hasPrefix("https://id.test/auth?"))
            #expect(query["response_type"] == "code" && query["client_id"] == "latchkey")
            #expect(query["redirect_uri"] == "http://tasks.test/api/auth/callback/test")
            #expect(query["scope"] == "openid email profile" && query["code_challenge_method"] == "S256")
            #expect(query["state"]?.count == 43 && query["nonce"]?.count == 43 && query["code_challenge"]?.count == 43)
            #expect(query["prompt"] == nil)
            let answer = try setup.provider.answer(to: url, as: "sub-1", email: "alice@example.com")
            _ = try await setup.finish(answer)
            let exchange = try #require(setup.provider.exchanges.first)
            // Both parts are form-encoded.
            #expect(exchange.authorization == "Basic " + Base64.encode(Array("latchkey:s3%20cret%3A".utf8)))
            #expect(!exchange.body.contains("client_secret") && exchange.body.contains("grant_type=authorization_code"))
        }
    }

    @Test func `an answer works once, in its browser, and in time`() async throws {
        try await Self.with { setup in
            func flow(_ answer: ProviderAnswer, in browser: [String] = [Self.browser]) async throws -> ProviderFlow? {
                try await setup.providers.flow(endedBy: answer, of: "test", in: browser, from: Self.client)
            }
            let answer = try setup.provider.answer(to: try await setup.depart(), as: "sub-1")
            #expect(try await flow(answer, in: []) == nil)
            #expect(try await flow(answer, in: [String(repeating: "x", count: 32)]) == nil)
            #expect(try await flow(ProviderAnswer(state: "x", code: "x", issuer: nil, error: nil)) == nil)
            #expect(try await flow(answer, in: [String(repeating: "x", count: 32), Self.browser]) != nil)
            #expect(try await flow(answer) == nil)

            let late = try setup.provider.answer(to: try await setup.depart(), as: "sub-1")
            setup.clock.advance(seconds: ProviderFlow.lifetimeSeconds)
            #expect(try await flow(late) == nil)
        }
    }

    @Test func `lies in tokens are found`() async throws {
        let lies: [(String, @Sendable (inout TestProvider.Claims) -> Void)] = [
            ("issuer", { $0["iss"] = "https://id.test/" }), ("no issuer", { $0["iss"] = nil }),
            ("audience", { $0["aud"] = "other" }), ("no audience", { $0["aud"] = nil }),
            ("two audiences", { $0["aud"] = ["latchkey", "other"] }),
            (
                "party",
                {
                    $0["aud"] = ["latchkey", "other"]
                    $0["azp"] = "other"
                }
            ), ("lone party", { $0["azp"] = "other" }),
            ("nonce", { $0["nonce"] = "x" }), ("no nonce", { $0["nonce"] = nil }),
            ("expired", { $0["exp"] = 1 }), ("no expiry", { $0["exp"] = nil }),
            ("future", { $0["iat"] = 9_999_999_999 }),
            ("old", { $0["iat"] = 1 }), ("no issue", { $0["iat"] = nil }), ("no subject", { $0["sub"] = nil }),
            ("number", { $0["sub"] = 17 }), ("empty", { $0["sub"] = "" }),
            ("long", { $0["sub"] = .string(String(repeating: "s", count: 256)) }),
            ("access token", { $0["at_hash"] = "x" }),
        ]
        try await Self.with { setup in
            for (name, lie) in lies {
                let found = try await setup.refusal(changing: lie)
                #expect(found == .notTrusted, "\(name)")
            }
            #expect(try await setup.store.users(matching: UserQuery(limit: 9)).isEmpty)
        }
    }

    @Test func `what only looks odd is taken`() async throws {
        try await Self.with { setup in
            let (signIn, _) = try await setup.signIn { claims in
                claims["aud"] = ["latchkey", "other"]
                claims["azp"] = "latchkey"
                // Left half of the SHA-512 of "at".
                claims["at_hash"] = .string(Base64URL.encode((try? SHA512.hash("at".utf8).prefix(32)) ?? []))
            }
            #expect(signIn.user.email.text == "alice@example.com")
            #expect(signIn.user.isEmailVerified)
            // Apple writes it as text.
            try await setup.signIn(as: "sub-2", email: "bob@example.com") { $0["email_verified"] = "true" }
        }
    }

    @Test func `an answer names its issuer, and an error is none of a code`() async throws {
        try await Self.with { setup in
            for (issuer, error, reason) in [
                (nil, nil, ProviderRefusalReason.notTrusted), ("https://evil.test", nil, .notTrusted),
                (TestProvider.issuer, "access_denied", .declined), (TestProvider.issuer, "server_error", .unavailable),
                ("https://evil.test", "access_denied", .notTrusted),
            ] {
                let good = try setup.provider.answer(to: try await setup.depart(), as: "sub-1")
                let answer = ProviderAnswer(state: good.state, code: good.code, issuer: issuer, error: error)
                await #expect { try await setup.finish(answer) } throws: { ($0 as? ProviderRefusal)?.reason == reason }
            }
            #expect(setup.provider.exchanges.isEmpty)
        }
    }

    @Test func `userinfo is asked where the token has no address, and must be about the same user`() async throws {
        try await Self.with { setup in
            setup.provider.tell(["sub": "sub-2", "email": "alice@example.com", "email_verified": true])
            let found = try await setup.refusal(email: nil)
            #expect(found == .notTrusted)
            setup.provider.tell(["sub": "sub-1", "email": "alice@example.com", "email_verified": true])
            #expect(try await setup.signIn(email: nil).isNew)
        }
    }

    // MARK: Accounts

    @Test func `a new user gets an account, and signs in to it from then on`() async throws {
        try await Self.with { setup in
            let first = try await setup.signIn { $0["name"] = "Alice B" }
            #expect(first.isNew && first.signIn.user.username == "Alice B")
            setup.clock.advance(seconds: 60)
            // The address at the provider changes; the account is the same.
            let second = try await setup.signIn(email: "other@example.com")
            #expect(!second.isNew && second.signIn.user.id == first.signIn.user.id)
            let linked = try await setup.providers.linkedAccounts(of: first.signIn.user)
            #expect(linked.map(\.lastUsedAt) == [setup.clock.now])
            #expect(try await !setup.providers.hasPassword(first.signIn.user))
        }
    }

    @Test func `sign-up keeps its rules`() async throws {
        func refusal(_ policy: SignUpPolicy, invitation: String? = nil) async throws -> SignUpRefusal? {
            var refusal: SignUpRefusal?
            try await Self.with(signUp: policy) { setup in
                let digest = try invitation.map { try setup.services.invitations.digest(of: $0) }
                let url = try await setup.depart(.signIn(isRemembered: true, invitationDigest: digest))
                let answer = try setup.provider.answer(to: url, as: "sub-1", email: "alice@example.com")
                do { _ = try await setup.finish(answer) } catch AppError.signUpRefused(let found) { refusal = found }
            }
            return refusal
        }
        #expect(try await refusal(SignUpPolicy(.closed)) == .closed)
        #expect(try await refusal(SignUpPolicy(.invited)) == .invitationNeeded)
        #expect(try await refusal(SignUpPolicy(.invited), invitation: "x") == .invitationInvalid)
        let elsewhere = SignUpPolicy(.open, domains: [try #require(EmailDomain("example.org"))])
        #expect(try await refusal(elsewhere) == .domainNotAdmitted)
    }

    @Test func `an invitation is used up`() async throws {
        try await Self.with(signUp: SignUpPolicy(.invited)) { setup in
            let made = try await setup.services.invitations.create(for: nil, uses: 1, by: .server)
            let digest = try setup.services.invitations.digest(of: made.token)
            for (subject, isAdmitted) in [("sub-1", true), ("sub-2", false)] {
                let url = try await setup.depart(.signIn(isRemembered: true, invitationDigest: digest))
                let answer = try setup.provider.answer(to: url, as: subject, email: "\(subject)@example.com")
                if isAdmitted {
                    _ = try await setup.finish(answer)
                } else {
                    await #expect(throws: AppError.signUpRefused(.invitationInvalid)) { try await setup.finish(answer) }
                }
            }
        }
    }

    @Test func `without a verified address there is no account`() async throws {
        try await Self.with { setup in
            let found = try await setup.refusal(email: nil)
            #expect(found == .noVerifiedAddress)
            #expect(try await setup.refusal(isVerified: false) == .noVerifiedAddress)
            for value in ["false", "1", "yes"] {
                #expect(try await setup.refusal { $0["email_verified"] = .string(value) } == .noVerifiedAddress)
            }
            #expect(try await setup.refusal { $0["email_verified"] = nil } == .noVerifiedAddress)
            #expect(try await setup.store.users(matching: UserQuery(limit: 9)).isEmpty)
        }
    }

    @Test func `an account is linked by its address only if both sides have verified it`() async throws {
        try await Self.with { setup in
            let alice = try await setup.signUp(isVerified: false)
            #expect(try await setup.refusal() == .accountExists)
            #expect(try await setup.providers.linkedAccounts(of: alice.user).isEmpty)
            _ = try await setup.store.verify(
                alice.user.email, of: alice.user.id, elsewhere: false, at: setup.clock.now,
                recording: AuditEvent(.emailVerified, at: setup.clock.now, by: .server))
            #expect(try await setup.refusal(isVerified: false) == .noVerifiedAddress)
            let (signIn, isNew) = try await setup.signIn()
            #expect(!isNew && signIn.user.id == alice.user.id)
        }
    }

    @Test func `an account with a second factor is linked by its owner alone, and asks for it`() async throws {
        try await Self.with { setup in
            let alice = try await setup.signUp()
            let factors = setup.services.secondFactors
            let secret = try await factors.begin(
                for: alice.user, in: alice.session, proving: nil, code: "", from: Self.client)
            let app = try #require(Authenticator(secret.uri))
            _ = try await factors.activate(
                code: app.code(at: setup.clock.now), for: alice.user, in: alice.session, from: Self.client)
            #expect(try await setup.refusal() == .accountExists)
            try await setup.link(as: "sub-1", in: alice.session)
            var challenge = ""
            do { try await setup.signIn() } catch AppError.secondFactorRequired(let pending) {
                challenge = pending.challenge
            }
            setup.clock.advance(seconds: 30)
            let code = try app.code(at: setup.clock.now)
            let signIn = try await setup.services.auth.signIn(answering: challenge, with: code, from: Self.client)
            #expect(signIn.user.id == alice.user.id)
        }
    }

    @Test func `a sign-in that waits for the second factor ends with the link`() async throws {
        try await Self.with { setup in
            let alice = try await setup.signUp()
            try await setup.link(as: "sub-1", in: alice.session)
            let factors = setup.services.secondFactors
            let secret = try await factors.begin(
                for: alice.user, in: alice.session, proving: nil, code: "", from: Self.client)
            let app = try #require(Authenticator(secret.uri))
            _ = try await factors.activate(
                code: app.code(at: setup.clock.now), for: alice.user, in: alice.session, from: Self.client)
            var challenge = ""
            do { try await setup.signIn() } catch AppError.secondFactorRequired(let pending) {
                challenge = pending.challenge
            }
            let account = try #require(try await setup.providers.linkedAccounts(of: alice.user).first)
            #expect(try await setup.unlink(account, alice.user, in: alice.session))
            setup.clock.advance(seconds: 30)
            let code = try app.code(at: setup.clock.now)
            await #expect(throws: AppError.signInExpired) {
                try await setup.services.auth.signIn(answering: challenge, with: code, from: Self.client)
            }
        }
    }

    @Test func `an inactive account stays closed, and one that is to be deleted can be kept`() async throws {
        try await Self.with { setup in
            let (signIn, _) = try await setup.signIn()
            try await setup.services.deletions.request(of: signIn.user, from: Self.client)
            var pending: PendingDeletion?
            do { try await setup.signIn() } catch AppError.deletionPending(let found) { pending = found }
            let kept = try await setup.services.auth.cancelDeletion(try #require(pending), from: Self.client)
            #expect(kept.user.id == signIn.user.id && kept.user.isActive)
            _ = try await setup.store.setActive(
                signIn.user.id, false, at: setup.clock.now,
                recording: AuditEvent(.userDeactivated, at: setup.clock.now, by: .server))
            await #expect(throws: AppError.inactiveAccount) { try await setup.signIn() }
            // Only what signs in to an account can keep it.
            let other = try await setup.signUp("bob")
            try await setup.services.deletions.request(of: other.user, from: Self.client)
            #expect(try await setup.refusal(as: "sub-2", email: "bob@example.com") == .accountExists)
        }
    }

    @Test func `of two first answers at once, both sign in to one account`() async throws {
        try await Self.with { setup in
            var answers: [ProviderAnswer] = []
            for _ in 0..<4 {
                answers.append(
                    try setup.provider.answer(to: try await setup.depart(), as: "sub-1", email: "alice@example.com"))
            }
            let users = try await withThrowingTaskGroup(of: UserID?.self) { group in
                for answer in answers {
                    group.addTask {
                        guard case .signedIn(let signIn, _) = try await setup.finish(answer) else { return nil }
                        return signIn.user.id
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(users.count == 1 && !users.contains(nil))
        }
    }

    @Test func `passwords can be turned off`() async throws {
        try await Self.with(allowsPasswords: false) { setup in
            await #expect(throws: AppError.passwordsOff) { try await setup.signUp() }
            await #expect(throws: AppError.passwordsOff) {
                try await setup.services.auth.signIn(email: "a@example.com", password: "x", from: Self.client)
            }
            let (_, isNew) = try await setup.signIn()
            #expect(isNew)
        }
    }

    // MARK: Linking

    @Test func `a link needs the session that asked, and an account is linked to one user`() async throws {
        try await Self.with { setup in
            let (alice, bob) = (try await setup.signUp(), try await setup.signUp("bob"))
            let answer = try setup.provider.answer(to: try await setup.depart(.link(alice.session.id)), as: "sub-1")
            await #expect { try await setup.finish(answer, in: bob.session) } throws: {
                ($0 as? ProviderRefusal)?.reason == .sessionEnded
            }
            try await setup.link(as: "sub-1", in: alice.session)
            // Once more changes nothing.
            try await setup.link(as: "sub-1", in: alice.session)
            await #expect { try await setup.link(as: "sub-1", in: bob.session) } throws: {
                ($0 as? ProviderRefusal)?.reason == .linkedElsewhere
            }
            #expect(try await setup.signIn(email: "bob@example.com").signIn.user.id == alice.user.id)
        }
    }

    @Test func `the last way in is not unlinked`() async throws {
        try await Self.with { setup in
            let (new, _) = try await setup.signIn()
            let only = try #require(try await setup.providers.linkedAccounts(of: new.user).first)
            #expect(try await !setup.unlink(only, new.user, in: new.session))
            try await setup.link(as: "sub-2", in: new.session)
            #expect(try await setup.unlink(only, new.user, in: new.session))
            let bob = try await setup.signUp("bob")
            try await setup.link(as: "sub-3", in: bob.session)
            let other = try #require(try await setup.providers.linkedAccounts(of: bob.user).first)
            await #expect(throws: AppError.notFound("That account is not linked any more.")) {
                try await setup.unlink(other, new.user, in: new.session)
            }
            // A password is left.
            #expect(try await setup.unlink(other, bob.user, in: bob.session))
            #expect(try await setup.refusal(as: "sub-3", email: nil) == .noVerifiedAddress)
        }
    }

    @Test func `an account without a password proves itself by its provider`() async throws {
        try await Self.with { setup in
            let (new, _) = try await setup.signIn()
            setup.clock.advance(seconds: RecentProof.lifetimeSeconds)
            func session() async throws -> Session {
                try #require(try await setup.store.session(new.session.id, at: setup.clock.now)?.session)
            }
            #expect(try await !setup.services.proof.isRecent(in: session()))
            let url = try await setup.depart(.proof(new.session.id))
            #expect(try TestProvider.query(of: url)["prompt"] == "login")
            let wrong = try setup.provider.answer(to: url, as: "sub-2")
            await #expect { try await setup.finish(wrong, in: new.session) } throws: {
                ($0 as? ProviderRefusal)?.reason == .otherAccount
            }
            let old = try setup.provider.answer(to: try await setup.depart(.proof(new.session.id)), as: "sub-1") {
                $0["auth_time"] = 1
            }
            await #expect { try await setup.finish(old, in: new.session) } throws: {
                ($0 as? ProviderRefusal)?.reason == .declined
            }
            let right = try setup.provider.answer(to: try await setup.depart(.proof(new.session.id)), as: "sub-1")
            guard case .proved = try await setup.finish(right, in: new.session) else { throw Unexpected() }
            #expect(try await setup.services.proof.isRecent(in: session()))
        }
    }

    @Test func `a session at the provider is no proof that the owner is there`() async throws {
        try await Self.with(claims: ["auth_time"]) { setup in
            let (new, _) = try await setup.signIn()
            #expect(setup.services.proof.isRecent(in: new.session))
            let now = setup.clock.now.seconds
            let times: [(JSONValue?, Bool)] = [
                (.integer(now - 60), true), (.integer(.max), true), (.integer(now - 7200), false),
                (.integer(.min), false), (.string("\(now)"), false), (nil, false),
            ]
            for (time, isProof) in times {
                let (signIn, _) = try await setup.signIn { $0["auth_time"] = time }
                #expect(setup.services.proof.isRecent(in: signIn.session) == isProof, "\(String(describing: time))")
                // A browser can leave out of the address what asks for it.
                let answer = try setup.provider.answer(
                    to: try await setup.depart(.proof(signIn.session.id)), as: "sub-1"
                ) { $0["auth_time"] = time }
                if isProof {
                    guard case .proved = try await setup.finish(answer, in: signIn.session) else { throw Unexpected() }
                } else {
                    await #expect { try await setup.finish(answer, in: signIn.session) } throws: {
                        ($0 as? ProviderRefusal)?.reason == .declined
                    }
                }
            }
        }
    }

    // MARK: Account pre-hijacking (Sudhodanan and Paverd, USENIX Security 2022)

    @Test func `classic-federated merge: an account that another has made is not shared`() async throws {
        try await Self.with { setup in
            // The attacker signs up with the address of a victim, who comes with a provider later.
            _ = try await setup.signUp(isVerified: false)
            #expect(try await setup.refusal() == .accountExists)
        }
    }

    /// The victim presses the button in the mail, "Confirm", and comes with a provider afterwards.
    @Test func `classic-federated merge: nor if the victim has confirmed the address in a mail`() async throws {
        try await Self.with(hasMail: true) { setup in
            let attacker = try await setup.signUp(isVerified: false)
            try await setup.services.verification.request(attacker.user.email, from: Self.client)
            let token = try await setup.mailedToken(.emailVerification)
            try await setup.services.verification.verify(token: token, by: nil, from: Self.client)
            #expect(try await setup.refusal() == .accountExists)
            // With a verified address the attacker can link any account elsewhere; it ends with the reset.
            try await setup.link(as: "attacker", email: "mallory@example.com", in: attacker.session)
            // A mailed reset makes the account the victim's.
            setup.clock.advance(seconds: 61)
            try await setup.services.resets.request(email: attacker.user.email.text, from: Self.client)
            try await setup.services.resets.reset(
                token: setup.mailedToken(.passwordReset), to: "kept-by-lice-herself", from: Self.client)
            #expect(try await setup.services.sessions.identity(sessionToken: attacker.sessionToken) == nil)
            #expect(try await setup.providers.linkedAccounts(of: attacker.user).isEmpty)
            let (signIn, isNew) = try await setup.signIn()
            #expect(!isNew && signIn.user.id == attacker.user.id)
        }
    }

    @Test(arguments: [true, false])
    func `an address that was confirmed elsewhere is the owner's once the operator, or a provider, says so`(
        isOperator: Bool
    ) async throws {
        try await Self.with(hasMail: true) { setup in
            let alice = try await setup.signUp(isVerified: false)
            try await setup.services.verification.request(alice.user.email, from: Self.client)
            let token = try await setup.mailedToken(.emailVerification)
            try await setup.services.verification.verify(token: token, by: nil, from: Self.client)
            let administration = setup.services.administration(by: .server)
            #expect(try await administration.makeAdmins(ofVerified: [alice.user.email], because: "a test").isEmpty)
            if isOperator {
                #expect(try await administration.verify(alice.user))
            } else {
                try await setup.link(as: "alice", email: "alice@example.com", in: alice.session)
            }
            #expect(try await administration.makeAdmins(ofVerified: [alice.user.email], because: "a test").count == 1)
        }
    }

    @Test func `an address that its owner has confirmed while signed in is linked`() async throws {
        try await Self.with(hasMail: true) { setup in
            let alice = try await setup.signUp(isVerified: false)
            try await setup.services.verification.request(alice.user.email, from: Self.client)
            let token = try await setup.mailedToken(.emailVerification)
            try await setup.services.verification.verify(token: token, by: alice.user.id, from: Self.client)
            let (signIn, isNew) = try await setup.signIn()
            #expect(!isNew && signIn.user.id == alice.user.id)
        }
    }

    @Test func `unexpired session, and trojan identifier: a reset leaves nothing of the attacker's`() async throws {
        try await Self.with { setup in
            let attacker = try await setup.signUp(isVerified: false)
            // Accounts of the attacker's at a provider are not linked to an address that was never verified …
            await #expect {
                try await setup.link(as: "attacker", email: "mallory@example.com", in: attacker.session)
            } throws: { ($0 as? ProviderRefusal)?.reason == .addressNotVerified }
            // … and if one is, because the address was changed since, it ends with the reset.
            try await setup.link(as: "attacker", email: "alice@example.com", in: attacker.session)
            try await setup.services.database.write { connection in
                _ = try connection.execute("UPDATE users SET email_verified = \(false)")
            }
            let link = try await setup.services.administration(by: .server)
                .makeResetToken(for: attacker.user)
            try await setup.services.resets.reset(token: link.token, to: "kept-by-lice-herself", from: Self.client)
            #expect(try await setup.services.sessions.identity(sessionToken: attacker.sessionToken) == nil)
            #expect(try await setup.refusal(as: "attacker", email: nil) == .noVerifiedAddress)
        }
    }

    @Test func `trojan identifier: an app of before the first proof of the address goes with a mailed reset`()
        async throws
    {
        try await Self.with(hasMail: true) { setup in
            let attacker = try await setup.signUp(isVerified: false)
            let secret = try await setup.services.secondFactors.begin(
                for: attacker.user, in: attacker.session, proving: nil, code: "", from: Self.client)
            _ = try await setup.services.secondFactors.activate(
                code: #require(Authenticator(secret.uri)).code(at: setup.clock.now), for: attacker.user,
                in: attacker.session, from: Self.client)
            try await setup.services.resets.request(email: attacker.user.email.text, from: Self.client)
            try await setup.services.resets.reset(
                token: setup.mailedToken(.passwordReset), to: "kept-by-lice-herself", from: Self.client)
            #expect(try await setup.services.sessions.identity(sessionToken: attacker.sessionToken) == nil)
            let alice = try await setup.services.auth.signIn(
                email: "alice@example.com", password: "kept-by-lice-herself", from: Self.client)
            #expect(alice.user.isEmailVerified && !alice.user.hasSecondFactor)
        }
    }

    @Test func `unexpired email change: a pending change to the attacker's address ends with the victim's reset`()
        async throws
    {
        try await Self.with(hasMail: true) { setup in
            let attacker = try await setup.signUp(isVerified: false)
            _ = try await setup.services.emailChanges.request(
                "mallory@example.com", for: attacker.user, in: attacker.session, proving: nil, from: Self.client)
            let pending = try await setup.mailedToken(.emailChange)
            try await setup.services.resets.request(email: attacker.user.email.text, from: Self.client)
            try await setup.services.resets.reset(
                token: setup.mailedToken(.passwordReset), to: "kept-by-lice-herself", from: Self.client)
            await #expect(throws: AppError.self) {
                try await setup.services.emailChanges.confirm(token: pending, by: nil, from: Self.client)
            }
            #expect(try await setup.store.user(attacker.user.id)?.email == attacker.user.email)
        }
    }

    @Test func `unexpired email change: a pending change to the victim's address links nothing`() async throws {
        try await Self.with(hasMail: true) { setup in
            let attacker = try await setup.signUp("mallory")
            _ = try await setup.services.emailChanges.request(
                "alice@example.com", for: attacker.user, in: attacker.session, proving: nil, from: Self.client)
            let victim = try await setup.signIn()
            #expect(victim.isNew && victim.signIn.user.id != attacker.user.id)
            // The address is taken, so the link in the mail makes no change any more.
            let token = try await setup.mailedToken(.emailChange)
            await #expect(throws: AppError.emailTaken) {
                try await setup.services.emailChanges.confirm(token: token, by: nil, from: Self.client)
            }
        }
    }

    @Test func `unexpired email change: nor does one that the victim has confirmed in the mail`() async throws {
        try await Self.with(hasMail: true) { setup in
            let attacker = try await setup.signUp("mallory")
            _ = try await setup.services.emailChanges.request(
                "alice@example.com", for: attacker.user, in: attacker.session, proving: nil, from: Self.client)
            try await setup.services.emailChanges.confirm(
                token: setup.mailedToken(.emailChange), by: nil, from: Self.client)
            #expect(try await setup.refusal() == .accountExists)
            #expect(try await setup.providers.linkedAccounts(of: attacker.user).isEmpty)
        }
    }

    @Test func `a new address that its owner has confirmed while signed in is linked`() async throws {
        try await Self.with(hasMail: true) { setup in
            let ada = try await setup.signUp("ada")
            _ = try await setup.services.emailChanges.request(
                "alice@example.com", for: ada.user, in: ada.session, proving: nil, from: Self.client)
            try await setup.services.emailChanges.confirm(
                token: setup.mailedToken(.emailChange), by: ada.user.id, from: Self.client)
            let (signIn, isNew) = try await setup.signIn()
            #expect(!isNew && signIn.user.id == ada.user.id)
        }
    }

    @Test func `non-verifying provider: an address that it has not verified opens and makes nothing`() async throws {
        try await Self.with { setup in
            let alice = try await setup.signUp()
            #expect(try await setup.refusal(as: "mallory", isVerified: false) == .noVerifiedAddress)
            #expect(try await setup.providers.linkedAccounts(of: alice.user).isEmpty)
            #expect(try await setup.store.users(matching: UserQuery(limit: 9)).count == 1)
        }
    }

    @Test func `the link in a notice unlinks what was linked since`() async throws {
        try await Self.with(hasMail: true) { setup in
            let alice = try await setup.signUp()
            try await setup.link(as: "attacker", in: alice.session)
            let queued = try await setup.services.outbox.mail(in: [.waiting], limit: 99)
            let mail = try #require(queued.first { $0.mail.kind == .providerChange }).mail
            #expect(mail.details["act"] == SecurityAct.providerLinked.rawValue)
            let secret = try #require(try await setup.services.recoveries.secret(in: mail))
            try await setup.services.recoveries.recover(
                token: secret.token, proving: .password(""), new: "kept-by-lice-again", from: Self.client)
            #expect(try await setup.providers.linkedAccounts(of: alice.user).isEmpty)
        }
    }
}
