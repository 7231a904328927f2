import App
import Basics
import Crypto
import Domain
import TestSupport
import Testing

@testable import Auth

/// New passwords with two recovery codes, for accounts with neither a second factor nor a passkey.
@Suite struct WaitingResetTests {
    private static let origin = "https://tasks.test"
    private static let day: Int64 = 86_400
    private let client = Client(ipAddress: "192.0.2.7", userAgent: "tests")

    /// Alice, who is signed in and has recovery codes.
    private struct Setup {
        let services: Services
        let clock: TestClock
        let signIn: SignIn
        let codes: [String]

        var user: User {
            get async throws { try #require(try await services.accountStore.user(signIn.user.id)) }
        }

        func input(_ first: Int, _ second: Int) -> RecoveryCodeReset.Input {
            RecoveryCodeReset.Input(
                email: "Alice@example.com", firstCode: codes[first], secondCode: codes[second], appCode: "",
                password: "an entirely new one")
        }
    }

    private func withAlice(
        _ rules: ThrottleRules = .none, _ work: (Setup) async throws -> Void
    ) async throws {
        func configure(_ settings: inout ServiceSettings) {
            settings.ownOrigin = { Self.origin }
            settings.throttleRules = rules
        }
        let clock = TestClock()
        try await Services.withTest(clock: clock, configure: configure) { services in
            let outcome = try await services.auth.signUp(
                .init(email: "alice@example.com", password: "kept-by-lice", username: nil), from: client)
            let signIn = try #require(outcome.signIn)
            let codes = try await services.recoveryCodes.make(
                for: signIn.user, in: signIn.session, proving: nil, from: client)
            try await work(Setup(services: services, clock: clock, signIn: signIn, codes: codes))
        }
    }

    private func reset(_ input: RecoveryCodeReset.Input, _ setup: Setup) async throws -> RecoveryCodeReset.Outcome? {
        do {
            return try await setup.services.recoveryCodeResets.reset(input, from: client)
        } catch AppError.badCredentials { return nil }
    }

    private func isRight(_ password: String, _ setup: Setup) async throws -> Bool {
        do {
            _ = try await setup.services.auth.signIn(email: "alice@example.com", password: password, from: client)
            return true
        } catch AppError.badCredentials { return false } catch AppError.secondFactorRequired { return true }
    }

    private func waits(_ setup: Setup) async throws -> Bool {
        try await setup.services.recoveryCodes.waitingReset(of: setup.user) != nil
    }

    private func begin(_ setup: Setup) async throws {
        let outcome = try await reset(setup.input(0, 1), setup)
        #expect(outcome == .waits(until: setup.clock.now.adding(seconds: Self.day)))
    }

    // MARK: Codes

    @Test func `making recovery codes requires a recent proof and replaces the others`() async throws {
        try await withAlice { setup in
            let codes = setup.services.recoveryCodes
            #expect(setup.codes.count == 10 && Set(setup.codes).count == 10)
            setup.clock.advance(seconds: 600)
            await #expect(throws: AppError.proofRequired) {
                _ = try await codes.make(
                    for: setup.user, in: setup.signIn.session, proving: nil, from: client)
            }
            await #expect(throws: AppError.proofRequired) {
                _ = try await codes.remove(of: setup.user, in: setup.signIn.session, proving: nil, from: client)
            }
            let password = ProofCredential.password("kept-by-lice")
            _ = try await codes.make(
                for: setup.user, in: setup.signIn.session, proving: password, from: client)
            #expect(try await reset(setup.input(0, 1), setup) == nil)
            #expect(try await codes.left(of: setup.user) == 10)
            #expect(
                try await codes.remove(of: setup.user, in: setup.signIn.session, proving: password, from: client))
            #expect(
                try await !codes.remove(of: setup.user, in: setup.signIn.session, proving: password, from: client))
            #expect(try await codes.left(of: setup.user) == 0)
            let kinds = try await setup.services.audit.newest(of: setup.signIn.user.id, limit: 9).map(\.kind)
            #expect(kinds.first == .recoveryCodesRemoved && kinds.filter { $0 == .recoveryCodesCreated }.count == 2)
        }
    }

    @Test func `recovery codes alone are no second factor, and setting up an app replaces them`() async throws {
        try await withAlice { setup in
            #expect(try await isRight("kept-by-lice", setup))
            #expect(try await !setup.user.hasSecondFactor)
            let app = try await turnOnSecondFactor(setup)
            #expect(try await reset(setup.input(0, 1), setup) == nil)
            await #expect(throws: AppError.self) {
                _ = try await setup.services.recoveryCodes.remove(
                    of: setup.user, in: setup.signIn.session, proving: nil, from: client)
            }
            let new = try await setup.services.recoveryCodes.make(
                for: setup.user, in: setup.signIn.session, proving: nil, code: app.code(at: setup.clock.now),
                from: client)
            #expect(new.count == 10)
        }
    }

    private func turnOnSecondFactor(_ setup: Setup) async throws -> Authenticator {
        let app = try await setup.services.turnOnSecondFactor(
            for: setup.user, in: setup.signIn.session, from: client, at: setup.clock.now
        ).app
        setup.clock.advance(seconds: 30)
        return app
    }

    private func addPasskey(_ setup: Setup) async throws -> SoftPasskey {
        var passkey = try SoftPasskey(at: Self.origin, "tasks.test")
        let creation = try await setup.services.passkeys.begin(
            for: setup.user, in: setup.signIn.session, proving: nil, code: "", from: client)
        passkey.userHandle = creation.userHandle
        try await setup.services.passkeys.add(
            PasskeyResponse(json: passkey.creation(creation.challenge)), named: "Laptop", for: setup.user,
            in: setup.signIn.session, from: client)
        return passkey
    }

    // MARK: Waiting

    @Test func `an account without a second factor waits for a day, and the same codes set the password`()
        async throws
    {
        try await withAlice { setup in
            _ = try await setup.services.apiTokens.create(
                APITokenDraft(name: "x", scopes: ["tasks:read"], lifetimeDays: nil), for: setup.user,
                in: setup.signIn.session, proving: nil, from: client)
            try await begin(setup)
            let ready = setup.clock.now.adding(seconds: Self.day)
            // Every session is shown it with its next request, and none has ended.
            let told = try await setup.services.sessions.identity(sessionToken: setup.signIn.sessionToken)
            #expect(told?.user.resetReadyAt == ready)
            setup.clock.advance(seconds: Self.day - 1)
            #expect(try await reset(setup.input(1, 0), setup) == .waits(until: ready))
            // Signing in stops nothing.
            #expect(try await isRight("kept-by-lice", setup))
            #expect(try await reset(setup.input(0, 2), setup) == nil)
            setup.clock.advance(seconds: 1)
            #expect(try await reset(setup.input(0, 2), setup) == nil)
            #expect(try await reset(setup.input(1, 0), setup) == .isSet)

            #expect(try await isRight("an entirely new one", setup))
            #expect(try await !isRight("kept-by-lice", setup))
            #expect(try await setup.services.sessions.identity(sessionToken: setup.signIn.sessionToken) == nil)
            #expect(try await setup.services.apiTokens.tokens(of: setup.signIn.user.id).isEmpty)
            #expect(try await setup.user.resetReadyAt == nil)
            #expect(try await setup.services.recoveryCodes.left(of: setup.user) == 0)
            for (first, second) in [(0, 1), (2, 3)] {
                #expect(try await reset(setup.input(first, second), setup) == nil)
            }
            let records = try await setup.services.audit.newest(of: setup.signIn.user.id, limit: 20)
            #expect(records.contains { $0.kind == .resetRequested && $0.ipAddress == "192.0.2.7" })
            #expect(
                records.contains {
                    $0.kind == .passwordChanged && $0.details.contains("recovery codes")
                        && $0.details.contains(#""tokens_ended":"1""#)
                })
        }
    }

    @Test func `any session can stop a waiting reset, and its codes are used up`() async throws {
        try await withAlice { setup in
            try await begin(setup)
            setup.clock.advance(seconds: Self.day)
            #expect(try await setup.services.recoveryCodes.stopReset(of: setup.user, from: client))
            #expect(try await !setup.services.recoveryCodes.stopReset(of: setup.user, from: client))
            let told = try await setup.services.sessions.identity(sessionToken: setup.signIn.sessionToken)
            #expect(told != nil && told?.user.resetReadyAt == nil)
            #expect(try await reset(setup.input(0, 1), setup) == nil)
            #expect(try await isRight("kept-by-lice", setup))
            #expect(try await setup.services.recoveryCodes.left(of: setup.user) == 8)
            let records = try await setup.services.audit.newest(of: setup.signIn.user.id, limit: 9)
            #expect(records.filter { $0.kind == .resetStopped && $0.actor == "user" }.count == 1)
        }
    }

    @Test func `the operator can stop a waiting reset, and the audit trail says so`() async throws {
        try await withAlice { setup in
            try await begin(setup)
            let operators = setup.services.administration(by: .init(actor: .commandLine("root")))
            #expect(try await operators.overview(of: setup.user).recoveryCodesLeft == 8)
            #expect(try await operators.stopReset(of: setup.user))
            #expect(try await !operators.stopReset(of: setup.user))
            let records = try await setup.services.audit.newest(of: setup.signIn.user.id, limit: 9)
            #expect(records.filter { $0.kind == .resetStopped }.map(\.actor) == ["command line: root"])
        }
    }

    @Test func `two other codes restart the wait, and never shorten it`() async throws {
        try await withAlice { setup in
            try await begin(setup)
            setup.clock.advance(seconds: Self.day)
            #expect(
                try await reset(setup.input(2, 3), setup)
                    == .waits(until: setup.clock.now.adding(seconds: Self.day)))
            #expect(try await reset(setup.input(0, 1), setup) == nil)
            setup.clock.advance(seconds: Self.day)
            #expect(try await reset(setup.input(2, 3), setup) == .isSet)
        }
    }

    @Test func `a waiting reset expires after a week, and is deleted`() async throws {
        try await withAlice { setup in
            try await begin(setup)
            setup.clock.advance(seconds: Self.day + WaitingReset.lifetimeSeconds)
            #expect(try await reset(setup.input(0, 1), setup) == nil)
            _ = try await setup.services.sessions.deleteExpired()
            #expect(try await !waits(setup))
        }
    }

    @Test func `the stored time counts, whatever the clock did in the meantime`() async throws {
        try await withAlice { setup in
            try await begin(setup)
            let ready = setup.clock.now.adding(seconds: Self.day)
            setup.clock.advance(seconds: -3 * Self.day)
            #expect(try await reset(setup.input(0, 1), setup) == .waits(until: ready))
            setup.clock.advance(seconds: 3 * Self.day)
            #expect(try await reset(setup.input(0, 1), setup) == .waits(until: ready))
            setup.clock.advance(seconds: Self.day)
            #expect(try await reset(setup.input(0, 1), setup) == .isSet)
        }
    }

    @Test(arguments: [
        "password", "operator's password", "new codes", "no codes", "app", "passkey", "deactivation", "deletion",
    ])
    func `changes by the owner or the operator end a waiting reset`(act: String) async throws {
        try await withAlice { setup in
            let (services, session) = (setup.services, setup.signIn.session)
            try await begin(setup)
            switch act {
            case "password":
                _ = try await services.accounts.changePassword(
                    of: setup.user, in: session, from: client, current: "kept-by-lice", new: "kept-by-mice",
                    ending: .others)
            case "operator's password":
                _ = try await services.administration(by: .server).setPassword(of: setup.user, to: "kept-by-mice")
                #expect(try await services.recoveryCodes.left(of: setup.user) == 0)
            case "new codes":
                _ = try await services.recoveryCodes.make(
                    for: setup.user, in: session, proving: nil, from: client)
            case "no codes":
                _ = try await services.recoveryCodes.remove(of: setup.user, in: session, proving: nil, from: client)
            case "app": _ = try await turnOnSecondFactor(setup)
            case "passkey": _ = try await addPasskey(setup)
            case "deactivation":
                _ = try await services.administration(by: .server).setActive(setup.user, false)
                _ = try await services.administration(by: .server).setActive(setup.user, true)
            default: try await services.deletions.request(of: setup.user, from: client)
            }
            #expect(try await !waits(setup))
            setup.clock.advance(seconds: Self.day)
            #expect(try await reset(setup.input(0, 1), setup) == nil)
        }
    }

    @Test func `an account with a passkey requires the passkey, and does not wait`() async throws {
        try await withAlice { setup in
            let passkey = try await addPasskey(setup)
            #expect(try await reset(setup.input(0, 1), setup) == nil)
            #expect(try await !waits(setup))
            func shown(_ passkey: SoftPasskey, _ input: RecoveryCodeReset.Input) throws -> RecoveryCodeReset.Input {
                let request = try #require(try setup.services.recoveryCodeResets.passkeyRequest())
                var input = input
                input.passkey = PasskeyResponse(json: try passkey.assertion(request.challenge))
                return input
            }
            let otherPasskey = try SoftPasskey(at: Self.origin, "tasks.test")
            #expect(try await reset(shown(otherPasskey, setup.input(0, 1)), setup) == nil)
            var wrong = setup.input(0, 1)
            wrong.secondCode = "00000-00000"
            #expect(try await reset(shown(passkey.counting(2), wrong), setup) == nil)
            let right = try shown(passkey.counting(3), setup.input(0, 1))
            #expect(try await reset(right, setup) == .isSet)
            #expect(try await reset(right, setup) == nil)
            #expect(try await isRight("an entirely new one", setup))
        }
    }

    @Test func `with an app, a passkey takes the place of its code`() async throws {
        try await withAlice { setup in
            let passkey = try await addPasskey(setup)
            let codes = try await setup.services.turnOnSecondFactor(
                for: setup.user, in: setup.signIn.session, from: client, at: setup.clock.now
            ).codes
            var input = setup.input(0, 1)
            (input.firstCode, input.secondCode) = (codes[0], codes[1])
            #expect(try await reset(input, setup) == nil)
            let request = try #require(try setup.services.recoveryCodeResets.passkeyRequest())
            input.passkey = PasskeyResponse(json: try passkey.counting(2).assertion(request.challenge))
            #expect(try await reset(input, setup) == .isSet)
            #expect(try await setup.user.hasSecondFactor)
        }
    }

    @Test func `of concurrent requests one waits, and later one sets the password`() async throws {
        try await withAlice { setup in
            func race(_ inputs: [RecoveryCodeReset.Input]) async -> [RecoveryCodeReset.Outcome] {
                await withTaskGroup(of: RecoveryCodeReset.Outcome?.self) { group in
                    for input in inputs { group.addTask { try? await reset(input, setup) } }
                    return await group.reduce(into: []) { if let outcome = $1 { $0.append(outcome) } }
                }
            }
            let begun = await race([setup.input(0, 1), setup.input(1, 2), setup.input(2, 0)])
            #expect(begun.count == 1)
            #expect(try await setup.services.recoveryCodes.left(of: setup.user) == 8)
            setup.clock.advance(seconds: Self.day)
            let pairs = [(0, 1), (1, 2), (2, 0)]
            var pair = pairs[0]
            for (first, second) in pairs {
                setup.clock.advance(seconds: -1)
                if try await reset(setup.input(first, second), setup) != nil { pair = (first, second) }
                setup.clock.advance(seconds: 1)
            }
            let done = await race(Array(repeating: setup.input(pair.0, pair.1), count: 4))
            #expect(done == [.isSet])
        }
    }

    @Test func `guessing is limited by address and network`() async throws {
        let limit = try #require(ThrottleLimit(attempts: 3, seconds: 60))
        let rules = ThrottleRules(
            address: [limit], account: [limit], device: [limit], signUp: [], exemptsLocalSignUps: true)
        try await withAlice(rules) { setup in
            var wrong = setup.input(0, 1)
            wrong.firstCode = "00000-00000"
            for _ in 0..<3 { #expect(try await reset(wrong, setup) == nil) }
            for address in ["192.0.2.7", "198.51.100.7"] {
                do {
                    let elsewhere = Client(ipAddress: address, userAgent: "tests")
                    _ = try await setup.services.recoveryCodeResets.reset(setup.input(0, 1), from: elsewhere)
                    // The network where alice has signed in has room of its own.
                    #expect(address == "192.0.2.7")
                } catch AppError.throttled(let throttled) {
                    #expect(throttled.limit == 3)
                }
            }
        }
    }

    @Test func `codes and waiting resets survive a change of the server's secret`() async throws {
        try await withAlice { setup in
            try await begin(setup)
            let new = Array("another-secret-of-more-than-32-bytes".utf8)
            let rotated = try Services.test(
                on: setup.services.database, Secrets(current: new, previous: Secrets.test.all), clock: setup.clock)
            defer { rotated.hasher.shutDown() }
            #expect(try await setup.services.secondFactors.reseal() == 0)
            #expect(try await rotated.secondFactors.reseal() == 10)
            #expect(try await rotated.secondFactors.reseal() == 0)
            // Records under the new secret follow those under the old one.
            _ = try await rotated.auth.signIn(email: "alice@example.com", password: "kept-by-lice", from: client)
            let later = try Services.test(
                on: setup.services.database, Secrets(current: new), clock: setup.clock)
            defer { later.hasher.shutDown() }
            setup.clock.advance(seconds: Self.day)
            let outcome = try await later.recoveryCodeResets.reset(setup.input(0, 1), from: client)
            #expect(outcome == .isSet)
        }
    }
}
