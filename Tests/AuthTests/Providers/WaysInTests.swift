import App
import Basics
import Domain
import Metrics
import TestSupport
import Testing

@testable import Auth

/// Accounts without a password, which providers and passkeys sign in to.
@Suite struct WaysInTests {
    private static let client = Client(ipAddress: "192.0.2.7", userAgent: "tests")
    private static let origin = "https://tasks.test"
    private static let browser = String(repeating: "b", count: 32)

    private struct Unexpected: Error {}

    /// Alice, whose account a provider has made.
    private struct Setup {
        let services: Services
        let provider: TestProvider
        let clock: TestClock
        let signIn: SignIn

        func user() async throws -> User { try #require(try await services.accountStore.user(signIn.user.id)) }
    }

    private func withAlice(_ work: (Setup) async throws -> Void) async throws {
        func configure(_ settings: inout ServiceSettings) {
            settings.ownOrigin = { Self.origin }
            settings.providers = [TestProvider.provider]
        }
        let clock = TestClock()
        let provider = try TestProvider { clock.now }
        try await Services.withTest(clock: clock, sender: provider, configure: configure) { services in
            let signIn = try await Self.signIn(at: provider, services)
            try await work(Setup(services: services, provider: provider, clock: clock, signIn: signIn))
        }
    }

    @discardableResult
    private static func signIn(
        as subject: String = "sub-1", at provider: TestProvider, _ services: Services
    ) async throws -> SignIn {
        let url = try await services.providers.begin(
            "test", for: .signIn(isRemembered: true, invitationDigest: nil), to: .init("/dashboard"), in: [browser],
            from: client
        ).url
        let answer = try provider.answer(
            to: url, as: subject, email: subject == "sub-1" ? "alice@example.com" : nil)
        let flow = try #require(
            try await services.providers.flow(endedBy: answer, of: "test", in: [browser], from: client))
        let outcome = try await services.providers.finish(flow, with: answer, in: nil, from: client)
        guard case .signedIn(let signIn, _) = outcome else { throw Unexpected() }
        return signIn
    }

    private func addPasskey(to setup: Setup) async throws -> (stored: Passkey, soft: SoftPasskey) {
        var passkey = try SoftPasskey(at: Self.origin, "tasks.test")
        let creation = try await setup.services.passkeys.begin(
            for: setup.user(), in: setup.signIn.session, proving: nil, code: "", from: Self.client)
        passkey.userHandle = creation.userHandle
        let stored = try await setup.services.passkeys.add(
            PasskeyResponse(json: passkey.creation(creation.challenge)), named: "Laptop", for: setup.user(),
            in: setup.signIn.session, from: Self.client)
        return (stored, passkey)
    }

    private func unlink(_ setup: Setup) async throws -> Bool {
        let account = try #require(try await setup.services.providers.linkedAccounts(of: setup.user()).first)
        return try await setup.services.providers.unlink(
            account.id, of: setup.user(), in: setup.signIn.session, proving: nil, from: Self.client)
    }

    private func remove(_ passkey: Passkey, _ setup: Setup) async throws -> WayInRemoval {
        try await setup.services.passkeys.remove(
            passkey.id, of: setup.user(), in: setup.signIn.session, proving: nil, from: Self.client)
    }

    @Test func `a passkey is a sign-in method, and the last method is not removed`() async throws {
        try await withAlice { setup in
            #expect(try await !unlink(setup))
            let (first, _) = try await addPasskey(to: setup)
            #expect(try await unlink(setup))
            #expect(try await remove(first, setup) == .lastWayIn)
            let (second, _) = try await addPasskey(to: setup)
            #expect(try await remove(first, setup) == .removed)
            #expect(try await remove(second, setup) == .lastWayIn)
            #expect(try await setup.services.passkeys.passkeys(of: setup.signIn.user.id).map(\.id) == [second.id])
        }
    }

    /// Another person may have signed up with the address, and its owner pressed the button in the e-mail.
    @Test(arguments: [true, false])
    func `a mailed reset leaves passkeys, unless the address was confirmed elsewhere`(isElsewhere: Bool) async throws {
        try await withAlice { setup in
            _ = try await addPasskey(to: setup)
            try await setup.services.database.write { connection in
                _ = try connection.execute("UPDATE users SET confirmed_elsewhere = \(isElsewhere)")
            }
            let link = try await setup.services.administration(by: .server).makeResetToken(for: setup.user())
            try await setup.services.database.write { connection in
                _ = try connection.execute("UPDATE account_links SET address = 'alice@example.com'")
            }
            try await setup.services.resets.reset(token: link.token, to: "kept-by-lice-herself", from: Self.client)
            #expect(try await setup.services.passkeys.passkeys(of: setup.signIn.user.id).isEmpty == isElsewhere)
        }
    }

    @Test func `a passkey that may have been copied is no sign-in method`() async throws {
        try await withAlice { setup in
            let (passkey, _) = try await addPasskey(to: setup)
            try await setup.services.accountStore.suspect(
                passkey.id, of: setup.signIn.user.id, notifying: nil,
                recording: AuditEvent(.passkeySuspected, at: setup.clock.now, by: .server))
            #expect(try await !unlink(setup))
            #expect(try await remove(passkey, setup) == .removed)
        }
    }

    @Test func `a passkey alone keeps an account awaiting deletion, and counts as both factors`() async throws {
        try await withAlice { setup in
            let (stored, passkey) = try await addPasskey(to: setup)
            #expect(try await unlink(setup))
            try await setup.services.turnOnSecondFactor(
                for: setup.user(), in: setup.signIn.session, from: Self.client, at: setup.clock.now)
            func pendingDeletion(_ count: UInt32) async throws -> PendingDeletion {
                try await setup.services.deletions.request(of: setup.user(), from: Self.client)
                let request = try #require(try setup.services.auth.passkeyRequest())
                let response = PasskeyResponse(json: try passkey.counting(count).assertion(request.challenge))
                do {
                    _ = try await setup.services.auth.signIn(with: try #require(response), from: Self.client)
                } catch AppError.deletionPending(let pending) {
                    return pending
                }
                throw Unexpected()
            }
            let kept = try await setup.services.auth.cancelDeletion(pendingDeletion(2), from: Self.client)
            #expect(kept.user.id == setup.signIn.user.id && kept.user.isActive)
            // The passkey must still be there.
            let pending = try await pendingDeletion(3)
            _ = try await setup.services.accountStore.removePasskeys(
                of: setup.signIn.user.id, notifying: nil,
                recording: AuditEvent(.passkeyRemoved, at: setup.clock.now, by: .server))
            #expect(try await setup.services.passkeys.passkeys(of: stored.userID).isEmpty)
            await #expect(throws: AppError.badCredentials) {
                try await setup.services.auth.cancelDeletion(pending, from: Self.client)
            }
        }
    }

    @Test func `sign-ins with providers are counted by their outcomes`() async throws {
        try await withAlice { setup in
            let auth = setup.services.auth
            #expect(auth.signUps.value == 1)
            #expect(auth.signIns[.ok] == 1)
            try await Self.signIn(at: setup.provider, setup.services)
            #expect(auth.signUps.value == 1)
            #expect(auth.signIns[.ok] == 2)
            await #expect(throws: ProviderRefusal.self) {
                try await Self.signIn(as: "sub-2", at: setup.provider, setup.services)
            }
            #expect(auth.signIns[.failed] == 1)
        }
    }
}
