import App
import Basics
import Crypto
import Domain
import JSON
import TestSupport
import Testing

@testable import Auth

@Suite struct PasskeyServiceTests: PasskeyTests {
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

    @Test func `the user handle reveals nothing, and stays the same`() async throws {
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

    @Test func `adding a passkey requires a recent proof, and the session that started it`() async throws {
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

    @Test func `adding a passkey requires a code if there is a second factor`() async throws {
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

    @Test func `a new passkey that does not match the options is refused`() async throws {
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
            let bob = PasskeySetup(
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

    @Test func `the reason why a passkey was refused is recorded, not disclosed`() async throws {
        try await withAlice { setup in
            let good = try await add(to: setup).counting(2)
            var (foreign, party, framed, handle) = (good, good, good, good)
            foreign.origin = "https://tasks.test:8443"
            party.relyingParty = "tasks.test.example.com"
            framed.clientData = #","crossOrigin":false,"topOrigin":"https://example.com""#
            handle.userHandle = [UInt8](repeating: 1, count: 32)
            let unknown = try SoftPasskey(at: Self.origin, "tasks.test")
            let lies: [(SoftPasskey, String)] = [
                (foreign, "other origin"), (party, "other relying party"), (framed, "page of another site"),
                (good.without(0x01), "no user presence"), (good.without(0x04), "no user verification"),
                (good.without(0x18), "backup flags"), (good.without(0x08), "backup flags"),
                (handle, "passkey of another user"), (unknown, "unknown passkey"),
                (unknown.named(good.id), "wrong signature"),
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

    @Test func `a challenge is valid for five minutes and one response, right or wrong`() async throws {
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

    @Test func `of concurrent responses to one challenge, one signs in`() async throws {
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

    @Test func `a counter that does not grow disables the passkey, and its owner is notified`() async throws {
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

    @Test func `a passkey without a counter always signs in`() async throws {
        try await withAlice { setup in
            let passkey = try await add(try SoftPasskey(at: Self.origin, "tasks.test").counting(0), to: setup)
            for _ in 0..<3 { try await signIn(passkey.counting(0), nil, setup) }
            // One that begins to count has to go on.
            try await signIn(passkey.counting(3), nil, setup)
            await #expect(throws: AppError.badCredentials) { try await signIn(passkey.counting(0), nil, setup) }
        }
    }

    @Test func `a passkey signs in neither to a deactivated account nor to one awaiting deletion`() async throws {
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

    @Test func `a passkey confirms the owner, in the session that asks`() async throws {
        try await withAlice { setup in
            let passkey = try await add(to: setup)
            let bob = PasskeySetup(
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
}
