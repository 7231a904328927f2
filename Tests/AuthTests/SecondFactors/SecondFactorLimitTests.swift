import App
import Basics
import Crypto
import Domain
import Storage
import TestSupport
import Testing

@testable import Auth

@Suite struct SecondFactorLimitTests: SecondFactorTests {
    @Test func `a challenge has five tries, and ten failures in a row lock for fifteen minutes`() async throws {
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
            // The count restarts.
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
}
