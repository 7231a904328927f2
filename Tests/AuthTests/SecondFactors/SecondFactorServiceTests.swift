import App
import Basics
import Crypto
import Domain
import Storage
import TestSupport
import Testing

@testable import Auth

@Suite struct SecondFactorServiceTests: SecondFactorTests {
    // MARK: Setting up

    @Test func `the second factor is off until a code was right`() async throws {
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
    func `reports a clock that is wrong`(seconds: Int64, word: String) async throws {
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

    @Test func `setting up requires a recent proof, and replacing requires the factor as well`() async throws {
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

    @Test func `of concurrent uses of one code, one signs in`() async throws {
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

    @Test func `a recovery code signs in once, and its owner is notified`() async throws {
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

    @Test func `the database holds no code and no secret in plain text`() async throws {
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
}
