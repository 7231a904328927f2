import App
import Basics
import Crypto
import Domain
import JSON
import TestSupport
import Testing

@testable import Auth

@Suite struct PasskeyRemovalTests: PasskeyTests {
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

    /// An attacker may have signed up with the address, to keep access when its owner comes.
    @Test func `a mailed password reset removes passkeys from before the address was verified`() async throws {
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
            let owner = PasskeySetup(services: setup.services, clock: setup.clock, signIn: again)
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
            let own = try await add(to: PasskeySetup(services: setup.services, clock: setup.clock, signIn: again))
            #expect(try await administration.verify(setup.user()))
            try await reset()
            try await signIn(own.counting(2), nil, setup)
        }
    }

    @Test func `the link in a security notice removes passkeys that were added since`() async throws {
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
