import App
import Basics
import Domain
import TestSupport
import Testing

@testable import Auth

@Suite struct RecoveryCodeResetTests {
    private let client = Client(ipAddress: "192.0.2.7", userAgent: "tests")

    /// Alice with a second factor, and bob without.
    private struct Setup {
        let services: Services
        let clock: TestClock
        let signIn: SignIn
        let app: Authenticator
        let codes: [String]

        func input(_ first: Int, _ second: Int) throws -> RecoveryCodeReset.Input {
            clock.advance(seconds: 30)
            return RecoveryCodeReset.Input(
                email: "Alice@example.com", firstCode: codes[first], secondCode: codes[second],
                appCode: try app.code(at: clock.now), password: "an entirely new one")
        }
    }

    private func with(_ rules: ThrottleRules = .none, _ work: (Setup) async throws -> Void) async throws {
        let clock = TestClock()
        func configure(_ settings: inout ServiceSettings) { settings.throttleRules = rules }
        try await Services.withTest(clock: clock, configure: configure) { services in
            for name in ["bob", "alice"] {
                _ = try await services.administration(by: .server).create(
                    email: "\(name)@example.com", username: nil, password: "kept-by-lice")
            }
            let signIn = try await services.auth.signIn(
                email: "alice@example.com", password: "kept-by-lice", from: client)
            let (app, codes) = try await services.turnOnSecondFactor(
                for: signIn.user, in: signIn.session, from: client, at: clock.now)
            try await work(Setup(services: services, clock: clock, signIn: signIn, app: app, codes: codes))
        }
    }

    private func isRight(_ password: String, _ setup: Setup) async throws -> Bool {
        do {
            _ = try await setup.services.auth.signIn(email: "alice@example.com", password: password, from: client)
        } catch AppError.secondFactorRequired { return true } catch AppError.badCredentials { return false }
        Issue.record("The password alone has signed in.")
        return true
    }

    @Test func `two codes and the app set a password, end all sessions, and leave the factor on`() async throws {
        try await with { setup in
            let input = try setup.input(0, 1)
            try await setup.services.recoveryCodeResets.reset(input, from: client)
            #expect(try await isRight("an entirely new one", setup))
            #expect(try await !isRight("kept-by-lice", setup))
            #expect(try await setup.services.sessions.identity(sessionToken: setup.signIn.sessionToken) == nil)
            let user = try #require(try await setup.services.accountStore.user(setup.signIn.user.id))
            #expect(try await setup.services.secondFactors.secondFactor(of: user)?.recoveryCodes.count == 8)
            await #expect(throws: AppError.badCredentials) {
                try await setup.services.recoveryCodeResets.reset(input, from: client)
            }
            let records = try await setup.services.audit.newest(of: user.id, limit: 9)
            #expect(records.contains { $0.kind == .passwordChanged && $0.details.contains("recovery codes") })
        }
    }

    @Test func `one wrong input uses nothing up, and is answered like an unknown address`() async throws {
        try await with { setup in
            let right = try setup.input(0, 1)
            let changes: [(inout RecoveryCodeReset.Input) throws -> Void] = [
                { $0.email = "nobody@example.com" }, { $0.email = "bob@example.com" },
                { $0.firstCode = "00000-00000" }, { $0.secondCode = "zzzzz-zzzzz" },
                { $0.appCode = try setup.app.wrongCode(at: setup.clock.now) },
            ]
            for change in changes {
                let input = try right.changed(by: change)
                await #expect(throws: AppError.badCredentials) {
                    try await setup.services.recoveryCodeResets.reset(input, from: client)
                }
            }
            #expect(try await isRight("kept-by-lice", setup))
            // The second factor is not locked by any of it.
            try await setup.services.recoveryCodeResets.reset(right, from: client)
        }
    }

    @Test func `a malformed code is reported beside its field`() async throws {
        try await with { setup in
            var input = try setup.input(0, 0)
            func fields(_ input: RecoveryCodeReset.Input) async throws -> [String] {
                do { try await setup.services.recoveryCodeResets.reset(input, from: client) } catch AppError.invalid(
                    let issues)
                { return issues.map(\.field) }
                return []
            }
            #expect(try await fields(input) == ["second_code"])
            input = .init(email: "x", firstCode: "123456", secondCode: "", appCode: setup.codes[0], password: "x")
            #expect(
                try await Set(fields(input)) == ["email", "password", "first_code", "second_code", "app_code"])
        }
    }

    @Test func `of concurrent requests with one code, one sets the password`() async throws {
        try await with { setup in
            let inputs = try [setup.input(0, 1), setup.input(1, 2), setup.input(2, 0)]
            let count = await withTaskGroup(of: Bool.self) { group in
                for input in inputs {
                    group.addTask {
                        do {
                            try await setup.services.recoveryCodeResets.reset(input, from: client)
                            return true
                        } catch { return false }
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(count <= 1)
            let user = try #require(try await setup.services.accountStore.user(setup.signIn.user.id))
            let left = try await setup.services.secondFactors.secondFactor(of: user)?.recoveryCodes.count
            #expect(left == 10 - 2 * count)
        }
    }

    @Test func `guessing is limited by address and network`() async throws {
        let limit = try #require(ThrottleLimit(attempts: 3, seconds: 60))
        let rules = ThrottleRules(
            address: [limit], account: [limit], device: [limit], signUp: [], exemptsLocalSignUps: true)
        try await with(rules) { setup in
            let input = try setup.input(0, 1).changed { $0.firstCode = "00000-00000" }
            for _ in 0..<3 {
                await #expect(throws: AppError.badCredentials) {
                    try await setup.services.recoveryCodeResets.reset(input, from: client)
                }
            }
            let elsewhere = Client(ipAddress: "198.51.100.7", userAgent: "tests")
            for source in [client, elsewhere] {
                do {
                    try await setup.services.recoveryCodeResets.reset(input, from: source)
                    Issue.record("The fourth attempt was looked at.")
                } catch AppError.throttled(let throttled) {
                    #expect(throttled.limit == 3)
                }
            }
        }
    }
}

extension RecoveryCodeReset.Input {
    fileprivate func changed(by change: (inout Self) throws -> Void) rethrows -> Self {
        var copy = self
        try change(&copy)
        return copy
    }
}
