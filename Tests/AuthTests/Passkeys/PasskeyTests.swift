import App
import Basics
import Crypto
import Domain
import JSON
import TestSupport
import Testing

@testable import Auth

/// Alice, who is signed in.
struct PasskeySetup {
    static let origin = "https://tasks.test"
    let services: Services
    let clock: TestClock
    let signIn: SignIn

    func user() async throws -> User { try #require(try await services.accountStore.user(signIn.user.id)) }
    var passkeys: [Passkey] {
        get async throws { try await services.passkeys.passkeys(of: signIn.user.id) }
    }
}

/// The steps that the tests of passkeys share.
protocol PasskeyTests {}

extension PasskeyTests {
    static var origin: String { PasskeySetup.origin }
    var client: Client { Client(ipAddress: "192.0.2.7", userAgent: "tests") }

    func withAlice(hasMail: Bool = false, _ work: (PasskeySetup) async throws -> Void) async throws {
        func configure(_ settings: inout ServiceSettings) {
            settings.ownOrigin = { PasskeySetup.origin }
            settings.sendsMail = hasMail
        }
        let clock = TestClock()
        try await Services.withTest(clock: clock, configure: configure) { services in
            try await work(PasskeySetup(services: services, clock: clock, signIn: try await signUp("alice", services)))
        }
    }

    func signUp(_ name: String, _ services: Services) async throws -> SignIn {
        let outcome = try await services.auth.signUp(
            .init(email: "\(name)@example.com", password: "kept-by-lice", username: nil), from: client)
        return try #require(outcome.signIn)
    }

    /// Adds a passkey to alice's account.
    func add(_ passkey: SoftPasskey? = nil, code: String = "", to setup: PasskeySetup) async throws -> SoftPasskey {
        var passkey = try passkey ?? SoftPasskey(at: Self.origin, "tasks.test")
        let creation = try await setup.services.passkeys.begin(
            for: setup.user(), in: setup.signIn.session, proving: nil, code: code, from: client)
        passkey.userHandle = creation.userHandle
        try await finish(passkey, creation.challenge, setup)
        return passkey
    }

    func finish(_ passkey: SoftPasskey, _ challenge: [UInt8], _ setup: PasskeySetup) async throws {
        try await setup.services.passkeys.add(
            PasskeyResponse(json: passkey.creation(challenge)), named: "Laptop", for: setup.user(),
            in: setup.signIn.session, from: client)
    }

    func challenge(_ setup: PasskeySetup) throws -> [UInt8] {
        try #require(try setup.services.auth.passkeyRequest()).challenge
    }

    @discardableResult
    func signIn(
        _ passkey: SoftPasskey, _ challenge: [UInt8]? = nil, _ setup: PasskeySetup
    ) async throws -> SignIn {
        let challenge = try challenge ?? self.challenge(setup)
        let response = try #require(PasskeyResponse(json: passkey.assertion(challenge)))
        return try await setup.services.auth.signIn(with: response, from: client)
    }

    /// The cause of the last refusal, as the audit trail has it.
    func cause(_ setup: PasskeySetup) async throws -> String? {
        let records = try await setup.services.auditStore.first(AuditQuery(limit: 1000))
        guard let record = records.last(where: { $0.kind == .signInFailed }),
            case .object(let details) = try JSONReader.read(record.details.utf8),
            case .string(let cause)? = details["cause"]
        else { return nil }
        return cause
    }

    func turnOnSecondFactor(_ setup: PasskeySetup) async throws -> Authenticator {
        let app = try await setup.services.turnOnSecondFactor(
            for: setup.user(), in: setup.signIn.session, from: client, at: setup.clock.now
        ).app
        setup.clock.advance(seconds: 30)
        return app
    }
}
