import App
import Basics
import Crypto
import Domain
import Storage
import TestSupport
import Testing

@testable import Auth

/// Alice, who has signed up, and her authenticator app, which is on.
struct SecondFactorSetup {
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

/// The steps that the tests of the second factor share.
protocol SecondFactorTests {}

extension SecondFactorTests {
    var client: Client { Client(ipAddress: "192.0.2.7", userAgent: "tests") }

    func withSession(
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

    func withFactor(hasMail: Bool = false, _ work: (SecondFactorSetup) async throws -> Void) async throws {
        try await withSession(hasMail: hasMail) { services, signIn, clock in
            let (app, codes) = try await services.turnOnSecondFactor(
                for: signIn.user, in: signIn.session, from: client, at: clock.now)
            try await work(
                SecondFactorSetup(services: services, clock: clock, session: signIn.session, app: app, codes: codes))
        }
    }

    func signIn(_ setup: SecondFactorSetup, _ code: String) async throws -> SignIn {
        try await setup.services.auth.signIn(answering: challenge(setup), with: code, from: client)
    }

    func challenge(_ setup: SecondFactorSetup) async throws -> String {
        do {
            _ = try await setup.services.auth.signIn(
                email: "alice@example.com", password: "kept-by-lice", from: client)
        } catch AppError.secondFactorRequired(let pending) {
            return pending.challenge
        }
        Issue.record("The password alone has signed in.")
        return ""
    }

    func lock(_ work: () async throws -> Void) async throws -> Int? {
        do { try await work() } catch AppError.throttled(let throttled) { return throttled.retryAfterSeconds }
        return nil
    }
}
