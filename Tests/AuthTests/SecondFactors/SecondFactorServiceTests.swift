import App
import Basics
import Crypto
import Domain
import Storage
import TestSupport
import Testing

@testable import Auth

@Suite struct SecondFactorServiceTests {
    private let client = Client(ipAddress: "192.0.2.7", userAgent: "tests")

    /// Alice, who has signed up, and her authenticator app, which is on.
    private struct Setup {
        let services: Services
        let clock: TestClock
        let session: Session
        let app: Authenticator
        let codes: [String]

        var store: SQLAccountStore { services.accountStore }

        func user() async throws -> User { try #require(try await store.user(session.userID)) }

        /// The next code that was not used yet.
        func code() throws -> String {
            clock.advance(seconds: 30)
            return try app.code(at: clock.now)
        }
    }

    private func withSession(
        hasMail: Bool = false, _ work: (Services, SignIn, TestClock) async throws -> Void
    ) async throws {
        func configure(_ settings: inout ServiceSettings) { settings.sendsMail = hasMail }
        let clock = TestClock()
        try await Services.withTest(clock: clock, configure: configure) { services in
            let outcome = try await services.auth.signUp(
                .init(email: "alice@example.com", password: "kept-by-lice", username: nil), from: client)
            try await work(services, try #require(outcome.signIn), clock)
        }
    }

    private func withFactor(hasMail: Bool = false, _ work: (Setup) async throws -> Void) async throws {
        try await withSession(hasMail: hasMail) { services, signIn, clock in
            let secret = try await services.secondFactors.begin(
                for: signIn.user, in: signIn.session, proving: nil, code: "", from: client)
            let app = try #require(Authenticator(secret.uri))
            let codes = try await services.secondFactors.activate(
                code: app.code(at: clock.now), for: signIn.user, in: signIn.session, from: client)
            try await work(
                Setup(services: services, clock: clock, session: signIn.session, app: app, codes: codes))
        }
    }

    private func signIn(_ setup: Setup, _ code: String) async throws -> SignIn {
        try await setup.services.auth.signIn(answering: challenge(setup), with: code, from: client)
    }

    private func challenge(_ setup: Setup) async throws -> String {
        do {
            _ = try await setup.services.auth.signIn(
                email: "alice@example.com", password: "kept-by-lice", from: client)
        } catch AppError.secondFactorRequired(let pending) {
            return pending.challenge
        }
        Issue.record("The password alone has signed in.")
        return ""
    }

    private func lock(_ work: () async throws -> Void) async throws -> Int? {
        do { try await work() } catch AppError.throttled(let throttled) { return throttled.retryAfterSeconds }
        return nil
    }

    // MARK: Setting up

    @Test func `nothing is on before a code was right`() async throws {
        try await withSession { services, signIn, clock in
            let secret = try await services.secondFactors.begin(
                for: signIn.user, in: signIn.session, proving: nil, code: "", from: client)
            #expect(secret.shown.count == 39 && secret.uri.hasSuffix("&issuer=Latchkey"))
            #expect(secret.uri.hasPrefix("otpauth://totp/Latchkey:alice%40example.com?secret="))
            let app = try #require(Authenticator(secret.uri))
            for wrong in [try app.wrongCode(at: clock.now), "", "12345", "0a1b2-c3d4e"] {
                await #expect(throws: AppError.self) {
                    try await services.secondFactors.activate(
                        code: wrong, for: signIn.user, in: signIn.session, from: client)
                }
            }
            let before = try #require(try await services.accountStore.user(signIn.user.id))
            #expect(!before.hasSecondFactor)
            #expect(try await services.secondFactors.secondFactor(of: before) == nil)
            _ = try await services.auth.signIn(email: "alice@example.com", password: "kept-by-lice", from: client)

            let codes = try await services.secondFactors.activate(
                code: app.code(at: clock.now), for: signIn.user, in: signIn.session, from: client)
            #expect(codes.count == 10 && Set(codes).count == 10)
            let after = try #require(try await services.accountStore.user(signIn.user.id))
            #expect(after.hasSecondFactor)
            #expect(try await services.secondFactors.secondFactor(of: after)?.recoveryCodes.count == 10)
            #expect(try await services.secondFactors.pendingSecret(of: after, in: signIn.session) == nil)
            // The session that has turned it on goes on.
            #expect(try await services.sessions.identity(sessionToken: signIn.sessionToken)?.user == after)
        }
    }

    @Test func `a setup that takes too long, or a session that has ended, turns nothing on`() async throws {
        try await withSession { services, signIn, clock in
            let secret = try await services.secondFactors.begin(
                for: signIn.user, in: signIn.session, proving: nil, code: "", from: client)
            let app = try #require(Authenticator(secret.uri))
            clock.advance(seconds: 900)
            try await services.proof.renew(by: .password("kept-by-lice"), in: signIn.session, from: client)
            let session = try #require(
                try await services.sessions.identity(sessionToken: signIn.sessionToken)?.session)
            await #expect(throws: AppError.notFound("That took too long. Begin again.")) {
                try await services.secondFactors.activate(
                    code: app.code(at: clock.now), for: signIn.user, in: session, from: client)
            }
            let second = try await services.secondFactors.begin(
                for: signIn.user, in: session, proving: nil, code: "", from: client)
            let code = try #require(Authenticator(second.uri)).code(at: clock.now)
            try await services.sessions.end(session.id, of: signIn.user.id, by: .signOut, from: client)
            await #expect(throws: AppError.notFound("That took too long. Begin again.")) {
                try await services.secondFactors.activate(code: code, for: signIn.user, in: session, from: client)
            }
            #expect(try await services.accountStore.user(signIn.user.id)?.hasSecondFactor == false)
        }
    }

    @Test(arguments: [(-300, "behind"), (-60, "behind"), (60, "ahead"), (300, "ahead")] as [(Int64, String)])
    func `tells of a clock that is off`(seconds: Int64, word: String) async throws {
        try await withSession { services, signIn, clock in
            let secret = try await services.secondFactors.begin(
                for: signIn.user, in: signIn.session, proving: nil, code: "", from: client)
            let code = try #require(Authenticator(secret.uri)).code(at: clock.now.adding(seconds: seconds))
            do {
                _ = try await services.secondFactors.activate(
                    code: code, for: signIn.user, in: signIn.session, from: client)
                Issue.record("A code of another time was taken.")
            } catch AppError.invalid(let issues) {
                #expect(issues.first?.message.contains("about \(abs(seconds)) seconds \(word)") == true)
            }
        }
    }

    @Test func `setting up takes a recent proof, and replacing takes the factor as well`() async throws {
        try await withFactor { setup in
            let service = setup.services.secondFactors
            let user = try await setup.user()
            for wrong in [try setup.app.wrongCode(at: setup.clock.now), try setup.app.code(at: setup.clock.now)] {
                // The second is the one that has turned it on.
                await #expect(throws: AppError.wrongSecondFactor) {
                    try await service.begin(
                        for: user, in: setup.session, proving: nil, code: wrong, from: client)
                }
            }
            let secret = try await service.begin(
                for: user, in: setup.session, proving: nil, code: setup.code(), from: client)
            // The app from before counts until the new one is on.
            _ = try await signIn(setup, setup.code())
            let app = try #require(Authenticator(secret.uri))
            let codes = try await service.activate(
                code: app.code(at: setup.clock.now), for: user, in: setup.session, from: client)
            #expect(Set(codes).isDisjoint(with: setup.codes))
            let old = try setup.code()
            await #expect(throws: AppError.wrongSecondFactor) { try await signIn(setup, old) }
            await #expect(throws: AppError.wrongSecondFactor) { try await signIn(setup, setup.codes[0]) }
            _ = try await signIn(setup, app.code(at: setup.clock.now))

            setup.clock.advance(seconds: 600)
            await #expect(throws: AppError.proofRequired) {
                try await service.begin(for: user, in: setup.session, proving: nil, code: "", from: client)
            }
            await #expect(throws: AppError.badCredentials) {
                try await service.begin(
                    for: user, in: setup.session, proving: .password("kept-by-mice"), code: codes[1], from: client)
            }
        }
    }

    // MARK: Signing in

    @Test func `a code signs in once, and so does a challenge`() async throws {
        try await withFactor(hasMail: true) { setup in
            let challenge = try await challenge(setup)
            let code = try setup.code()
            let done = try await setup.services.auth.signIn(answering: challenge, with: code, from: client)
            #expect(try await setup.services.sessions.identity(sessionToken: done.sessionToken) != nil)
            let next = try setup.code()
            await #expect(throws: AppError.signInExpired) {
                try await setup.services.auth.signIn(answering: challenge, with: next, from: client)
            }
            await #expect(throws: AppError.wrongSecondFactor) { try await signIn(setup, code) }
            for text in ["", "x", String(repeating: "a", count: 32)] {
                await #expect(throws: AppError.signInExpired) {
                    try await setup.services.auth.signIn(answering: text, with: next, from: client)
                }
            }
            let last = try await setup.services.audit.newest(of: setup.session.userID, limit: 2)
            #expect(last.map(\.kind) == [.signInFailed, .signedIn])
            #expect(last[1].details.contains("totp") && last[0].details.contains("wrong code"))
        }
    }

    @Test func `codes of the step before and of the next one are right, and none older than the last used`()
        async throws
    {
        try await withFactor { setup in
            setup.clock.advance(seconds: 300)
            let now = setup.clock.now
            _ = try await signIn(setup, setup.app.code(at: now.adding(seconds: 30)))
            for seconds: Int64 in [-60, -30, 0, 30, 60] {
                let code = try setup.app.code(at: now.adding(seconds: seconds))
                await #expect(throws: AppError.wrongSecondFactor) { try await signIn(setup, code) }
            }
        }
    }

    @Test func `of many uses of one code at the same time, one signs in`() async throws {
        try await withFactor { setup in
            for code in [try setup.code(), setup.codes[3]] {
                var challenges: [String] = []
                for _ in 0..<5 { challenges.append(try await challenge(setup)) }
                let before = try await setup.services.sessions.sessions(of: setup.session.userID).count
                let count = await withTaskGroup(of: Bool.self) { group in
                    for challenge in challenges {
                        group.addTask {
                            let done = try? await setup.services.auth.signIn(
                                answering: challenge, with: code, from: client)
                            return done != nil
                        }
                    }
                    return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(count == 1)
                #expect(try await setup.services.sessions.sessions(of: setup.session.userID).count == before + 1)
            }
        }
    }

    @Test func `a recovery code signs in once, and its owner is told`() async throws {
        try await withFactor(hasMail: true) { setup in
            let typed = setup.codes[0].uppercased().replacing("-", with: " ")
            _ = try await signIn(setup, typed)
            await #expect(throws: AppError.wrongSecondFactor) { try await signIn(setup, setup.codes[0]) }
            let factor = try await setup.services.secondFactors.secondFactor(of: setup.user())
            #expect(factor?.recoveryCodes.count == 9)
            let mails = try await setup.services.outbox.mail(in: [.waiting], limit: 9).map(\.mail)
            #expect(mails.compactMap { $0.details["act"] }.sorted() == ["recovery-code-use", "second-factor-on"])
        }
    }

    @Test func `nothing in the database is a code or a secret`() async throws {
        try await withFactor { setup in
            let factor = try #require(try await setup.services.secondFactors.secondFactor(of: setup.user()))
            let rows = [factor.sealedSecret] + factor.recoveryCodes.map(\.sealedDigest)
            #expect(rows.allSatisfy(Secrets.isBound) && Set(rows).count == 11)
            // Another user's row opens nothing.
            let bob = UserID(rawValue: "bob")
            #expect(try FactorSeal(.test).open(factor.sealedSecret, of: factor.userID)?.count == 20)
            #expect(try FactorSeal(.test).open(factor.sealedSecret, of: bob) == nil)
        }
    }

    @Test func `a challenge ends after ten minutes, and with the password`() async throws {
        try await withFactor { setup in
            let first = try await challenge(setup)
            setup.clock.advance(seconds: 600)
            let code = try setup.app.code(at: setup.clock.now)
            await #expect(throws: AppError.signInExpired) {
                try await setup.services.auth.signIn(answering: first, with: code, from: client)
            }
            let second = try await challenge(setup)
            let administration = setup.services.administration(by: .server)
            _ = try await administration.setPassword(of: setup.user(), to: "kept-by-lice")
            await #expect(throws: AppError.signInExpired) {
                try await setup.services.auth.signIn(answering: second, with: code, from: client)
            }
            let third = try await challenge(setup)
            _ = try await administration.setActive(setup.user(), false)
            await #expect(throws: AppError.signInExpired) {
                try await setup.services.auth.signIn(answering: third, with: code, from: client)
            }
        }
    }

    // MARK: Limits

    @Test func `five tries for a challenge, and fifteen minutes of rest after ten failures in a row`() async throws {
        try await withFactor(hasMail: true) { setup in
            let wrong = try setup.app.wrongCode(at: setup.clock.now)
            for _ in 1...2 {
                let challenge = try await challenge(setup)
                // Something that is no code costs nothing.
                await #expect(throws: SecondFactorCheck.malformed) {
                    try await setup.services.auth.signIn(answering: challenge, with: "12345", from: client)
                }
                for _ in 0..<5 {
                    await #expect(throws: AppError.wrongSecondFactor) {
                        try await setup.services.auth.signIn(answering: challenge, with: wrong, from: client)
                    }
                }
                await #expect(throws: AppError.signInTriedOut) {
                    try await setup.services.auth.signIn(answering: challenge, with: wrong, from: client)
                }
            }
            let code = try setup.app.code(at: setup.clock.now.adding(seconds: 30))
            for right in [code, setup.codes[0]] {
                #expect(try await lock { _ = try await signIn(setup, right) } == 900)
            }
            setup.clock.advance(seconds: 899)
            let soon = try setup.app.code(at: setup.clock.now)
            #expect(try await lock { _ = try await signIn(setup, soon) } == 1)
            setup.clock.advance(seconds: 1)
            _ = try await signIn(setup, setup.code())
            let mails = try await setup.services.outbox.mail(in: [.waiting], limit: 9).map(\.mail)
            #expect(mails.compactMap { $0.details["act"] }.filter { $0 == "wrong-codes" }.count == 1)
            let records = try await setup.services.audit.newest(of: setup.session.userID, limit: 50)
            #expect(records.filter { $0.kind == .secondFactorLocked }.count == 1)
            // The count begins anew.
            await #expect(throws: AppError.wrongSecondFactor) { try await signIn(setup, wrong) }
        }
    }

    @Test func `failures from elsewhere leave a known device its own allowance`() async throws {
        try await withFactor { setup in
            let known = try await setup.services.auth.signIn(
                answering: challenge(setup), with: setup.code(), from: client,
                SignInOptions(isRemembered: true, keepsDevice: true))
            #expect(known.deviceCookie != nil)
            let device = Client(
                ipAddress: "192.0.2.7", userAgent: "tests", device: known.deviceCookie)
            let wrong = try setup.app.wrongCode(at: setup.clock.now)
            for _ in 0..<10 { await #expect(throws: AppError.wrongSecondFactor) { try await signIn(setup, wrong) } }
            #expect(try await lock { _ = try await signIn(setup, wrong) } == 900)
            var challenge = ""
            do {
                _ = try await setup.services.auth.signIn(
                    email: "alice@example.com", password: "kept-by-lice", from: device)
            } catch AppError.secondFactorRequired(let pending) { challenge = pending.challenge }
            _ = try await setup.services.auth.signIn(answering: challenge, with: setup.code(), from: device)
        }
    }

    @Test func `each further lock is twice as long, and after fifty failures only a recovery code helps`() async throws
    {
        #expect(
            (0...60).map { SecondFactorLimits.lockSeconds(after: $0) }.compactMap { $0 } == [
                900, 1800, 3600, 7200, 14_400, 28_800,
            ])
        #expect(SecondFactorLimits.lockSeconds(after: 1000) == 86_400)
        try await withFactor { setup in
            try await setup.services.database.write { connection in
                _ = try connection.execute(
                    """
                    INSERT INTO second_factor_failures (user_id, origin, failures, locked_until)
                    VALUES (\(setup.session.userID.rawValue), 'unknown', \(50), \(setup.clock.now.milliseconds))
                    """)
            }
            let code = try setup.code()
            await #expect(throws: AppError.wrongSecondFactor) { try await signIn(setup, code) }
            _ = try await signIn(setup, setup.codes[5])
            _ = try await signIn(setup, code)
        }
    }

    // MARK: Trusted devices

    private func passwordSignsIn(_ setup: Setup, _ device: String?) async throws -> Bool {
        let browser = Client(ipAddress: "192.0.2.7", userAgent: "tests", device: device)
        do {
            _ = try await setup.services.auth.signIn(
                email: "alice@example.com", password: "kept-by-lice", from: browser, SignInOptions(keepsDevice: true))
            return true
        } catch AppError.secondFactorRequired { return false }
    }

    /// The cookie of a device that has signed in and is trusted.
    private func trust(_ setup: Setup, _ device: String? = nil, isRemembered: Bool = true) async throws -> String? {
        let browser = Client(ipAddress: "192.0.2.7", userAgent: "tests", device: device)
        var options = SignInOptions(isRemembered: isRemembered, keepsDevice: true)
        var challenge = ""
        do {
            _ = try await setup.services.auth.signIn(
                email: "alice@example.com", password: "kept-by-lice", from: browser, options)
        } catch AppError.secondFactorRequired(let pending) { challenge = pending.challenge }
        options.trustsDevice = true
        return try await setup.services.auth.signIn(
            answering: challenge, with: setup.code(), from: browser, options
        ).deviceCookie
    }

    @Test func `a trusted device is not asked for thirty days, and others are`() async throws {
        try await withFactor { setup in
            let service = setup.services.secondFactors
            let device = try #require(try await trust(setup))
            #expect(try await passwordSignsIn(setup, device))
            #expect(try await !passwordSignsIn(setup, nil))
            #expect(try await service.trustedDevices(of: setup.user()) == 1)
            // Known is not trusted.
            let known = try await setup.services.auth.signIn(
                answering: challenge(setup), with: setup.code(), from: client, SignInOptions(keepsDevice: true))
            #expect(try await !passwordSignsIn(setup, known.deviceCookie))
            // One that was known before is trusted as well, and one that is to be forgotten is not.
            let renewed = try await trust(setup, known.deviceCookie)
            #expect(try await passwordSignsIn(setup, renewed))
            #expect(try await trust(setup, isRemembered: false) == nil)
            #expect(try await service.trustedDevices(of: setup.user()) == 2)
            setup.clock.advance(seconds: 30 * 86_400)
            for device in [device, renewed] { #expect(try await !passwordSignsIn(setup, device)) }
            #expect(try await service.trustedDevices(of: setup.user()) == 0)
        }
    }

    @Test func `trust ends with the password, with the factor, and when its owner says so`() async throws {
        try await withFactor { setup in
            let (service, administration) = (setup.services.secondFactors, setup.services.administration(by: .server))
            var device = try await trust(setup)
            try await service.untrustDevices(of: setup.user(), from: client)
            #expect(try await !passwordSignsIn(setup, device))

            device = try await trust(setup, device)
            #expect(try await passwordSignsIn(setup, device))
            _ = try await administration.setPassword(of: setup.user(), to: "kept-by-lice")
            #expect(try await !passwordSignsIn(setup, device))

            device = try await trust(setup)
            #expect(try await passwordSignsIn(setup, device))
            #expect(try await administration.removeSecondFactor(of: setup.user()))
            let count = try await setup.store.trustedDevices(of: setup.session.userID, at: setup.clock.now)
            #expect(count == 0)
        }
    }

    // MARK: Changes

    @Test func `new recovery codes take the factor, and void the others`() async throws {
        try await withFactor { setup in
            let service = setup.services.secondFactors
            let user = try await setup.user()
            let wrong = try setup.app.wrongCode(at: setup.clock.now)
            await #expect(throws: AppError.wrongSecondFactor) {
                try await service.makeRecoveryCodes(
                    for: user, in: setup.session, proving: nil, code: wrong, from: client)
            }
            let codes = try await service.makeRecoveryCodes(
                for: user, in: setup.session, proving: nil, code: setup.codes[9], from: client)
            #expect(codes.count == 10 && Set(codes).isDisjoint(with: setup.codes))
            for old in setup.codes {
                await #expect(throws: AppError.self) { try await signIn(setup, old) }
            }
            setup.clock.advance(seconds: 900)
            _ = try await signIn(setup, codes[0])
        }
    }

    @Test func `turning it off takes the factor, after which the password signs in`() async throws {
        try await withFactor(hasMail: true) { setup in
            let service = setup.services.secondFactors
            let user = try await setup.user()
            let wrong = try setup.app.wrongCode(at: setup.clock.now)
            await #expect(throws: AppError.wrongSecondFactor) {
                try await service.turnOff(for: user, in: setup.session, proving: nil, code: wrong, from: client)
            }
            setup.clock.advance(seconds: 600)
            let code = try setup.code()
            await #expect(throws: AppError.proofRequired) {
                try await service.turnOff(for: user, in: setup.session, proving: nil, code: code, from: client)
            }
            try await service.turnOff(
                for: user, in: setup.session, proving: .password("kept-by-lice"), code: code, from: client)
            #expect(try await !setup.user().hasSecondFactor)
            _ = try await setup.services.auth.signIn(
                email: "alice@example.com", password: "kept-by-lice", from: client)
            for table in ["second_factors", "recovery_codes", "second_factor_failures", "sign_in_challenges"] {
                let count = try await setup.services.database.read { connection in
                    try connection.row(SQL(stringLiteral: "SELECT COUNT(*) FROM \(table)")) { $0.integer(0) }
                }
                #expect(count == 0, "\(table)")
            }
            let mails = try await setup.services.outbox.mail(in: [.waiting], limit: 9).map(\.mail)
            #expect(mails.compactMap { $0.details["act"] }.contains("second-factor-off"))
        }
    }

    @Test func `the operator removes it, once`() async throws {
        try await withFactor { setup in
            let administration = setup.services.administration(by: .server)
            #expect(try await administration.removeSecondFactor(of: setup.user()))
            #expect(try await !administration.removeSecondFactor(of: setup.user()))
            setup.services.liveSessions.removeAll()
            _ = try await setup.services.auth.signIn(
                email: "alice@example.com", password: "kept-by-lice", from: client)
        }
    }

    // MARK: The server's secret

    @Test func `a new secret of the server takes over, and the old one is no longer needed`() async throws {
        try await withFactor { setup in
            let new = Array("another-secret-of-more-than-32-bytes".utf8)
            let rotated = Secrets(current: new, previous: Secrets.test.all)
            let services = try Services.test(on: setup.services.database, rotated, clock: setup.clock)
            defer { services.hasher.shutDown() }
            #expect(try await setup.services.secondFactors.reseal() == 0)
            #expect(try await services.secondFactors.reseal() == 11)
            #expect(try await services.secondFactors.reseal() == 0)
            // Records under the new secret follow those under the old one.
            _ = try await signIn(
                Setup(
                    services: services, clock: setup.clock, session: setup.session, app: setup.app, codes: setup.codes),
                setup.codes[1])
            let later = try Services.test(
                on: setup.services.database, Secrets(current: new), clock: setup.clock)
            defer { later.hasher.shutDown() }
            let moved = Setup(
                services: later, clock: setup.clock, session: setup.session, app: setup.app, codes: setup.codes)
            _ = try await signIn(moved, moved.code())
            _ = try await signIn(moved, moved.codes[2])
        }
    }
}
