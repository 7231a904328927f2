import App
import Basics
import Crypto
import Domain
import JSON
import TestSupport
import Testing

@testable import Auth

@Suite struct PasskeyServiceTests {
    private static let origin = "https://tasks.test"
    private let client = Client(ipAddress: "192.0.2.7", userAgent: "tests")

    /// Alice, who is signed in.
    private struct Setup {
        let services: Services
        let clock: TestClock
        let signIn: SignIn

        func user() async throws -> User { try #require(try await services.accountStore.user(signIn.user.id)) }
        var passkeys: [Passkey] {
            get async throws { try await services.passkeys.passkeys(of: signIn.user.id) }
        }
    }

    private func withAlice(hasMail: Bool = false, _ work: (Setup) async throws -> Void) async throws {
        func configure(_ settings: inout ServiceSettings) {
            settings.ownOrigin = { Self.origin }
            settings.sendsMail = hasMail
        }
        let clock = TestClock()
        try await Services.withTest(clock: clock, configure: configure) { services in
            try await work(Setup(services: services, clock: clock, signIn: try await signUp("alice", services)))
        }
    }

    private func signUp(_ name: String, _ services: Services) async throws -> SignIn {
        let outcome = try await services.auth.signUp(
            .init(email: "\(name)@example.com", password: "kept-by-lice", username: nil), from: client)
        return try #require(outcome.signIn)
    }

    /// Adds a passkey to alice's account.
    private func add(_ passkey: SoftPasskey? = nil, code: String = "", to setup: Setup) async throws -> SoftPasskey {
        var passkey = try passkey ?? SoftPasskey(at: Self.origin, "tasks.test")
        let creation = try await setup.services.passkeys.begin(
            for: setup.user(), in: setup.signIn.session, proving: nil, code: code, from: client)
        passkey.userHandle = creation.userHandle
        try await finish(passkey, creation.challenge, setup)
        return passkey
    }

    private func finish(_ passkey: SoftPasskey, _ challenge: [UInt8], _ setup: Setup) async throws {
        try await setup.services.passkeys.add(
            PasskeyResponse(json: passkey.creation(challenge)), named: "Laptop", for: setup.user(),
            in: setup.signIn.session, from: client)
    }

    private func challenge(_ setup: Setup) throws -> [UInt8] {
        try #require(try setup.services.auth.passkeyRequest()).challenge
    }

    @discardableResult
    private func signIn(
        _ passkey: SoftPasskey, _ challenge: [UInt8]? = nil, _ setup: Setup
    ) async throws -> SignIn {
        let challenge = try challenge ?? self.challenge(setup)
        let response = try #require(PasskeyResponse(json: passkey.assertion(challenge)))
        return try await setup.services.auth.signIn(with: response, from: client)
    }

    /// The cause of the last refusal, as the audit trail has it.
    private func cause(_ setup: Setup) async throws -> String? {
        let records = try await setup.services.auditStore.first(AuditQuery(limit: 1000))
        guard let record = records.last(where: { $0.kind == .signInFailed }),
            case .object(let details) = try JSONReader.read(record.details.utf8),
            case .string(let cause)? = details["cause"]
        else { return nil }
        return cause
    }

    private func turnOnSecondFactor(_ setup: Setup) async throws -> Authenticator {
        let secret = try await setup.services.secondFactors.begin(
            for: setup.user(), in: setup.signIn.session, proving: nil, code: "", from: client)
        let app = try #require(Authenticator(secret.uri))
        _ = try await setup.services.secondFactors.activate(
            code: app.code(at: setup.clock.now), for: setup.user(), in: setup.signIn.session, from: client)
        setup.clock.advance(seconds: 30)
        return app
    }

    // MARK: Adding

    @Test func `a passkey is added, and signs in`() async throws {
        try await withAlice { setup in
            let passkey = try await add(to: setup)
            let stored = try #require(try await setup.passkeys.first)
            #expect(stored.name.text == "Laptop" && stored.transports == ["internal"] && stored.isBackedUp)
            #expect(stored.userHandle?.count == 32 && stored.lastUsedAt == nil && stored.signCount == 1)
            setup.clock.advance(seconds: 60)
            let signIn = try await signIn(passkey.counting(5), nil, setup)
            #expect(signIn.user.id == setup.signIn.user.id)
            #expect(try await setup.services.sessions.identity(sessionToken: signIn.sessionToken) != nil)
            let used = try #require(try await setup.passkeys.first)
            #expect(used.signCount == 5 && used.lastUsedAt == setup.clock.now)
            let records = try await setup.services.auditStore.first(AuditQuery(limit: 100))
            #expect(records.last?.kind == .signedIn)
            #expect(records.last?.details.contains(#""credential":"passkey""#) == true)
        }
    }

    @Test func `the handle tells nothing, and stays the same`() async throws {
        try await withAlice { setup in
            let first = try await add(to: setup)
            let second = try await add(to: setup)
            #expect(first.userHandle == second.userHandle)
            let handle = try #require(first.userHandle)
            #expect(!String(decoding: handle, as: UTF8.self).contains("alice"))
            let creation = try await setup.services.passkeys.begin(
                for: setup.user(), in: setup.signIn.session, proving: nil, code: "", from: client)
            #expect(creation.existing.map(\.credentialID) == [first, second].map { Base64URL.encode($0.id) })
        }
    }

    @Test func `adding takes a recent proof, and the session that began it`() async throws {
        try await withAlice { setup in
            let passkey = try SoftPasskey(at: Self.origin, "tasks.test")
            setup.clock.advance(seconds: 600)
            await #expect(throws: AppError.proofRequired) { _ = try await add(to: setup) }
            await #expect(throws: AppError.badCredentials) {
                _ = try await setup.services.passkeys.begin(
                    for: setup.user(), in: setup.signIn.session, proving: .password("wrong"), code: "", from: client)
            }
            let creation = try await setup.services.passkeys.begin(
                for: setup.user(), in: setup.signIn.session, proving: .password("kept-by-lice"), code: "", from: client)
            let other = try await setup.services.auth.signIn(
                email: "alice@example.com", password: "kept-by-lice", from: client)
            await #expect(throws: PasskeyService.expired) {
                try await setup.services.passkeys.add(
                    PasskeyResponse(json: passkey.creation(creation.challenge)), named: "Laptop", for: setup.user(),
                    in: other.session, from: client)
            }
            let session = try #require(
                try await setup.services.sessions.identity(sessionToken: setup.signIn.sessionToken)?.session)
            try await setup.services.passkeys.add(
                PasskeyResponse(json: passkey.creation(creation.challenge)), named: "Laptop", for: setup.user(),
                in: session, from: client)
            #expect(try await setup.passkeys.count == 1)
        }
    }

    @Test func `adding takes a code, if there is a second factor`() async throws {
        try await withAlice { setup in
            let before = try await setup.services.passkeys.begin(
                for: setup.user(), in: setup.signIn.session, proving: nil, code: "", from: client)
            let app = try await turnOnSecondFactor(setup)
            // Begun before there was one.
            await #expect(throws: PasskeyService.expired) {
                try await finish(try SoftPasskey(at: Self.origin, "tasks.test"), before.challenge, setup)
            }
            let wrong = try app.wrongCode(at: setup.clock.now)
            await #expect(throws: AppError.wrongSecondFactor) { _ = try await add(code: wrong, to: setup) }
            let code = try app.code(at: setup.clock.now)
            _ = try await add(code: code, to: setup)
            await #expect(throws: AppError.wrongSecondFactor) { _ = try await add(code: code, to: setup) }
            #expect(try await setup.passkeys.count == 1)
        }
    }

    @Test func `a new passkey that is not as asked for is refused`() async throws {
        try await withAlice { setup in
            let good = try SoftPasskey(at: Self.origin, "tasks.test")
            var (foreign, port, party, framed) = (good, good, good, good)
            foreign.origin = "https://tasks.test.example.com"
            port.origin = "https://tasks.test:8443"
            party.relyingParty = "test"
            framed.clientData = #","crossOrigin":true"#
            for bad in [foreign, port, party, framed, good.without(0x01), good.without(0x04), good.without(0x08)] {
                let creation = try await setup.services.passkeys.begin(
                    for: setup.user(), in: setup.signIn.session, proving: nil, code: "", from: client)
                await #expect(throws: AppError.self) { try await finish(bad, creation.challenge, setup) }
            }
            // The challenge of another ceremony, one that was used, and one that is too old.
            let login = try challenge(setup)
            await #expect(throws: PasskeyService.expired) { try await finish(good, login, setup) }
            let creation = try await setup.services.passkeys.begin(
                for: setup.user(), in: setup.signIn.session, proving: nil, code: "", from: client)
            try await finish(good, creation.challenge, setup)
            await #expect(throws: PasskeyService.expired) {
                try await finish(try SoftPasskey(at: Self.origin, "tasks.test"), creation.challenge, setup)
            }
            let late = try await setup.services.passkeys.begin(
                for: setup.user(), in: setup.signIn.session, proving: nil, code: "", from: client)
            setup.clock.advance(seconds: 300)
            await #expect(throws: PasskeyService.expired) {
                try await finish(try SoftPasskey(at: Self.origin, "tasks.test"), late.challenge, setup)
            }
            #expect(try await setup.passkeys.count == 1)
        }
    }

    @Test func `a credential belongs to one account, and an account has at most twenty`() async throws {
        try await withAlice { setup in
            let passkey = try await add(to: setup)
            let bob = Setup(
                services: setup.services, clock: setup.clock, signIn: try await signUp("bob", setup.services))
            await #expect(throws: Passkey.known) { _ = try await add(passkey, to: bob) }
            await #expect(throws: Passkey.known) { _ = try await add(passkey, to: setup) }
            for _ in 1..<Passkey.maximumPerAccount { _ = try await add(to: setup) }
            await #expect(throws: Passkey.tooMany) { _ = try await add(to: setup) }
            #expect(try await setup.passkeys.count == 20)
            #expect(try await bob.passkeys.isEmpty)
        }
    }

    // MARK: Signing in

    @Test func `what is wrong with a passkey is not told, but recorded`() async throws {
        try await withAlice { setup in
            let good = try await add(to: setup).counting(2)
            var (foreign, party, framed, handle) = (good, good, good, good)
            foreign.origin = "https://tasks.test:8443"
            party.relyingParty = "tasks.test.example.com"
            framed.clientData = #","crossOrigin":false,"topOrigin":"https://example.com""#
            handle.userHandle = [UInt8](repeating: 1, count: 32)
            let stranger = try SoftPasskey(at: Self.origin, "tasks.test")
            let lies: [(SoftPasskey, String)] = [
                (foreign, "other origin"), (party, "other relying party"), (framed, "page of another site"),
                (good.without(0x01), "no user presence"), (good.without(0x04), "no user verification"),
                (good.without(0x18), "backup flags"), (good.without(0x08), "backup flags"),
                (handle, "passkey of another user"), (stranger, "unknown passkey"),
                (stranger.named(good.id), "wrong signature"),
            ]
            for (lie, expected) in lies {
                await #expect(throws: AppError.badCredentials) { try await signIn(lie, nil, setup) }
                let cause = try await cause(setup)
                #expect(cause == expected)
            }
            let other = try await setup.services.passkeys.begin(
                for: setup.user(), in: setup.signIn.session, proving: nil, code: "", from: client)
            var altered = try challenge(setup)
            altered[20] ^= 1
            for challenge in [other.challenge, altered, [], [UInt8](repeating: 0, count: 56)] {
                await #expect(throws: AppError.badCredentials) { try await signIn(good, challenge, setup) }
                let cause = try await cause(setup)
                #expect(cause == "unknown, used or expired challenge")
            }
            try await signIn(good, nil, setup)
        }
    }

    @Test func `a challenge is good for five minutes and one answer, right or wrong`() async throws {
        try await withAlice { setup in
            let passkey = try await add(to: setup)
            let used = try challenge(setup)
            try await signIn(passkey.counting(2), used, setup)
            await #expect(throws: AppError.badCredentials) { try await signIn(passkey.counting(3), used, setup) }
            let spoiled = try challenge(setup)
            let unverified = passkey.counting(3).without(0x04)
            await #expect(throws: AppError.badCredentials) { try await signIn(unverified, spoiled, setup) }
            await #expect(throws: AppError.badCredentials) { try await signIn(passkey.counting(3), spoiled, setup) }
            let late = try challenge(setup)
            setup.clock.advance(seconds: 299)
            let early = try challenge(setup)
            setup.clock.advance(seconds: 1)
            await #expect(throws: AppError.badCredentials) { try await signIn(passkey.counting(3), late, setup) }
            try await signIn(passkey.counting(3), early, setup)
        }
    }

    @Test func `of many answers with one challenge at the same time, one signs in`() async throws {
        try await withAlice { setup in
            let passkey = try await add(to: setup).counting(0x1_0000)
            let challenge = try challenge(setup)
            let outcomes = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 {
                    group.addTask { (try? await self.signIn(passkey, challenge, setup)) != nil }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count(where: { $0 }) == 1)
        }
    }

    @Test func `a counter that does not grow makes the passkey useless, and its owner is told`() async throws {
        try await withAlice(hasMail: true) { setup in
            let passkey = try await add(to: setup)
            try await signIn(passkey.counting(7), nil, setup)
            await #expect(throws: AppError.badCredentials) { try await signIn(passkey.counting(7), nil, setup) }
            #expect(try await cause(setup) == "counter")
            await #expect(throws: AppError.badCredentials) { try await signIn(passkey.counting(8), nil, setup) }
            #expect(try await cause(setup) == "suspended")
            #expect(try await setup.passkeys.first?.suspectedAt == setup.clock.now)
            let acts = try await setup.services.outbox.mail(in: [.waiting], limit: 99).map { $0.mail.details["act"] }
            #expect(acts == ["passkey-suspected", "new-passkey"])
            let records = try await setup.services.auditStore.first(AuditQuery(limit: 100))
            #expect(records.count(where: { $0.kind == .passkeySuspected }) == 1)
        }
    }

    @Test func `a passkey that does not count always signs in`() async throws {
        try await withAlice { setup in
            let passkey = try await add(try SoftPasskey(at: Self.origin, "tasks.test").counting(0), to: setup)
            for _ in 0..<3 { try await signIn(passkey.counting(0), nil, setup) }
            // One that begins to count has to go on.
            try await signIn(passkey.counting(3), nil, setup)
            await #expect(throws: AppError.badCredentials) { try await signIn(passkey.counting(0), nil, setup) }
        }
    }

    @Test func `neither a deactivated account nor one that is to be deleted is signed in to`() async throws {
        try await withAlice { setup in
            let passkey = try await add(to: setup)
            let accounts = setup.services.administration(by: .server)
            _ = try await accounts.setActive(setup.user(), false)
            await #expect(throws: AppError.inactiveAccount) { try await signIn(passkey.counting(2), nil, setup) }
            _ = try await accounts.setActive(setup.user(), true)
            try await signIn(passkey.counting(3), nil, setup)
            try await setup.services.deletions.request(of: setup.user(), from: client)
            do {
                try await signIn(passkey.counting(4), nil, setup)
                Issue.record("An account that is to be deleted was signed in to.")
            } catch AppError.deletionPending {}
        }
    }

    @Test func `it proves that the owner is there, in the session that asks`() async throws {
        try await withAlice { setup in
            let passkey = try await add(to: setup)
            let bob = Setup(
                services: setup.services, clock: setup.clock, signIn: try await signUp("bob", setup.services))
            #expect(try await setup.services.proof.passkeyRequest(in: bob.signIn.session) == nil)
            let other = try await add(to: bob)
            setup.clock.advance(seconds: 600)
            func prove(_ passkey: SoftPasskey, _ challenge: [UInt8]? = nil) async throws {
                let session = setup.signIn.session
                let asked = try #require(try await setup.services.proof.passkeyRequest(in: session)).challenge
                let response = try #require(PasskeyResponse(json: passkey.assertion(challenge ?? asked)))
                try await setup.services.proof.renew(by: .passkey(response), in: session, from: client)
            }
            let bobs = try #require(try await setup.services.proof.passkeyRequest(in: bob.signIn.session)).challenge
            let login = try challenge(setup)
            for (wrong, challenge) in [
                (other.counting(2), nil), (passkey.counting(2), bobs), (passkey.counting(2), login),
                (passkey.counting(2).without(0x04), nil),
            ] {
                await #expect(throws: AppError.badCredentials) { try await prove(wrong, challenge) }
            }
            await #expect(throws: AppError.proofRequired) { _ = try await add(to: setup) }
            try await prove(passkey.counting(3))
            let session = try #require(
                try await setup.services.sessions.identity(sessionToken: setup.signIn.sessionToken)?.session)
            #expect(setup.services.proof.isRecent(in: session))
            #expect(try await setup.passkeys.first?.signCount == 3)
        }
    }

    // MARK: Second factors

    @Test func `with a second factor, a verified passkey is both`() async throws {
        try await withAlice { setup in
            let passkey = try await add(to: setup)
            _ = try await turnOnSecondFactor(setup)
            try await signIn(passkey.counting(2), nil, setup)
            let unverified = passkey.counting(3).without(0x04)
            await #expect(throws: AppError.badCredentials) { try await signIn(unverified, nil, setup) }
        }
    }

    @Test func `after the password, a passkey takes the place of the code`() async throws {
        try await withAlice { setup in
            let passkey = try await add(to: setup)
            let bob = Setup(
                services: setup.services, clock: setup.clock, signIn: try await signUp("bob", setup.services))
            let other = try await add(to: bob)
            _ = try await turnOnSecondFactor(setup)
            let pending = try await pendingSecondFactor(setup)
            #expect(pending.methods == [.totp, .recoveryCode, .passkey])
            func answer(_ passkey: SoftPasskey, _ challenge: [UInt8]) async throws -> SignIn {
                let response = try #require(PasskeyResponse(json: passkey.assertion(challenge)))
                return try await setup.services.auth.signIn(
                    answering: pending.challenge, with: .passkey(response), from: client)
            }
            func ask() async throws -> PasskeyRequest {
                try #require(try await setup.services.auth.passkeyRequest(answering: pending.challenge))
            }
            let request = try await ask()
            #expect(request.allowed.map(\.credentialID) == [Base64URL.encode(passkey.id)] && !request.needsVerification)
            await #expect(throws: AppError.wrongSecondFactor) {
                _ = try await answer(other.counting(2), request.challenge)
            }
            await #expect(throws: AppError.wrongSecondFactor) {
                _ = try await answer(passkey.counting(2), try challenge(setup))
            }
            // Possession is enough beside the password.
            let touched = passkey.counting(3).without(0x04)
            let signIn = try await answer(touched, try await ask().challenge)
            #expect(signIn.user.id == setup.signIn.user.id)
            await #expect(throws: AppError.signInExpired) {
                _ = try await answer(passkey.counting(4), request.challenge)
            }
            let gone = try await setup.services.auth.passkeyRequest(answering: pending.challenge)
            #expect(gone == nil)
        }
    }

    @Test func `a passkey alone turns no second factor on`() async throws {
        try await withAlice { setup in
            _ = try await add(to: setup)
            #expect(try await setup.user().hasSecondFactor == false)
            _ = try await setup.services.auth.signIn(
                email: "alice@example.com", password: "kept-by-lice", from: client)
        }
    }

    private func pendingSecondFactor(_ setup: Setup) async throws -> PendingSecondFactor {
        do {
            _ = try await setup.services.auth.signIn(
                email: "alice@example.com", password: "kept-by-lice", from: client)
        } catch AppError.secondFactorRequired(let pending) {
            return pending
        }
        throw PasskeyRefusal.malformed
    }

    // MARK: Changes

    @Test func `a removed passkey is refused, and ends nothing else`() async throws {
        try await withAlice(hasMail: true) { setup in
            let passkey = try await add(to: setup)
            let signIn = try await signIn(passkey.counting(2), nil, setup)
            let stored = try #require(try await setup.passkeys.first)
            let bob = try await signUp("bob", setup.services)
            let bobs = try await setup.services.passkeys.remove(
                stored.id, of: bob.user, in: bob.session, proving: nil, from: client)
            #expect(bobs == .gone)
            #expect(try await !setup.services.passkeys.rename(stored.id, of: bob.user, to: "Mine"))
            #expect(try await setup.services.passkeys.rename(stored.id, of: setup.user(), to: "  Phone "))
            #expect(try await setup.passkeys.first?.name.text == "Phone")
            setup.clock.advance(seconds: 600)
            func remove(_ credential: ProofCredential?) async throws -> WayInRemoval {
                try await setup.services.passkeys.remove(
                    stored.id, of: setup.user(), in: signIn.session, proving: credential, from: client)
            }
            await #expect(throws: AppError.proofRequired) { _ = try await remove(nil) }
            await #expect(throws: AppError.badCredentials) { _ = try await remove(.password("wrong")) }
            #expect(try await remove(.password("kept-by-lice")) == .removed)
            #expect(try await remove(.password("kept-by-lice")) == .gone)
            await #expect(throws: AppError.badCredentials) { try await self.signIn(passkey.counting(3), nil, setup) }
            #expect(try await cause(setup) == "unknown passkey")
            #expect(try await setup.services.sessions.identity(sessionToken: signIn.sessionToken) != nil)
            let acts = try await setup.services.outbox.mail(in: [.waiting], limit: 99).map { $0.mail.details["act"] }
            #expect(acts == ["passkey-removed", "new-passkey"])
        }
    }

    /// Someone else may have signed up with the address, to have a way in when its owner comes.
    @Test func `a mailed link for a new password removes passkeys of before the address was verified`() async throws {
        try await withAlice(hasMail: true) { setup in
            func reset() async throws {
                try await setup.services.resets.request(email: "alice@example.com", from: client)
                let queued = try await setup.services.outbox.mail(in: [.waiting], limit: 99)
                let mail = try #require(queued.last { $0.mail.kind == .passwordReset }).mail
                let token = try #require(try await setup.services.resets.secret(in: mail)?.token)
                try await setup.services.resets.reset(token: token, to: "another good one", from: client)
            }
            let planted = try await add(to: setup)
            try await signIn(planted.counting(2), nil, setup)
            try await reset()
            #expect(try await setup.passkeys.isEmpty)
            await #expect(throws: AppError.badCredentials) { try await signIn(planted.counting(3), nil, setup) }

            let again = try await setup.services.auth.signIn(
                email: "alice@example.com", password: "another good one", from: client)
            let owner = Setup(services: setup.services, clock: setup.clock, signIn: again)
            let own = try await add(to: owner)
            setup.clock.advance(seconds: 60)
            try await reset()
            try await signIn(own.counting(2), nil, setup)
        }
    }

    @Test func `an operator's link leaves no passkey of an account whose address was never verified`() async throws {
        try await withAlice { setup in
            let administration = setup.services.administration(by: .server)
            func reset() async throws {
                let link = try await administration.makeResetToken(for: setup.user())
                try await setup.services.resets.reset(token: link.token, to: "another good one", from: client)
            }
            let planted = try await add(to: setup)
            try await reset()
            #expect(try await setup.passkeys.isEmpty)
            await #expect(throws: AppError.badCredentials) { try await signIn(planted.counting(2), nil, setup) }

            let again = try await setup.services.auth.signIn(
                email: "alice@example.com", password: "another good one", from: client)
            let own = try await add(to: Setup(services: setup.services, clock: setup.clock, signIn: again))
            #expect(try await administration.verify(setup.user()))
            try await reset()
            try await signIn(own.counting(2), nil, setup)
        }
    }

    @Test func `the link in a notice removes what was added since`() async throws {
        try await withAlice(hasMail: true) { setup in
            let first = try await add(to: setup)
            setup.clock.advance(seconds: 60)
            let second = try await add(to: setup)
            let notices = try await setup.services.outbox.mail(in: [.waiting], limit: 99)
                .filter { $0.mail.details["act"] == "new-passkey" }
            #expect(notices.count == 2)
            let token = try #require(try await setup.services.recoveries.secret(in: notices[0].mail)?.token)
            try await setup.services.recoveries.recover(
                token: token, proving: .password(""), new: "another good one", from: client)
            #expect(try await setup.passkeys.map(\.credentialID) == [Base64URL.encode(first.id)])
            await #expect(throws: AppError.badCredentials) { try await signIn(second.counting(2), nil, setup) }
        }
    }
}
