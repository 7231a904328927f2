import App
import Basics
import Crypto
import Domain
import JSON
import TestSupport
import Testing

@testable import Auth

@Suite struct PasskeyFactorTests: PasskeyTests {
    @Test func `with a second factor, a passkey with user verification counts as both`() async throws {
        try await withAlice { setup in
            let passkey = try await add(to: setup)
            _ = try await turnOnSecondFactor(setup)
            try await signIn(passkey.counting(2), nil, setup)
            let unverified = passkey.counting(3).without(0x04)
            await #expect(throws: AppError.badCredentials) { try await signIn(unverified, nil, setup) }
        }
    }

    @Test func `after the password, a passkey replaces the code`() async throws {
        try await withAlice { setup in
            let passkey = try await add(to: setup)
            let bob = PasskeySetup(
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

    @Test func `adding a passkey turns no second factor on`() async throws {
        try await withAlice { setup in
            _ = try await add(to: setup)
            #expect(try await setup.user().hasSecondFactor == false)
            _ = try await setup.services.auth.signIn(
                email: "alice@example.com", password: "kept-by-lice", from: client)
        }
    }

    private func pendingSecondFactor(_ setup: PasskeySetup) async throws -> PendingSecondFactor {
        do {
            _ = try await setup.services.auth.signIn(
                email: "alice@example.com", password: "kept-by-lice", from: client)
        } catch AppError.secondFactorRequired(let pending) {
            return pending
        }
        throw PasskeyRefusal.malformed
    }
}
