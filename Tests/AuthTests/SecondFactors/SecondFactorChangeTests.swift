import App
import Basics
import Crypto
import Domain
import Storage
import TestSupport
import Testing

@testable import Auth

@Suite struct SecondFactorChangeTests: SecondFactorTests {
    // MARK: Changes

    @Test func `new recovery codes require the factor, and void the others`() async throws {
        try await withFactor { setup in
            let service = setup.services.secondFactors
            let user = try await setup.user()
            let wrong = try setup.app.wrongCode(at: setup.clock.now)
            await #expect(throws: AppError.wrongSecondFactor) {
                try await service.makeRecoveryCodes(
                    for: user, in: setup.session, proving: nil, code: wrong, from: client)
            }
            let codes = try await service.makeRecoveryCodes(
                for: user, in: setup.session, proving: nil, code: setup.codes[9], from: client)
            #expect(codes.count == 10 && Set(codes).isDisjoint(with: setup.codes))
            for old in setup.codes {
                await #expect(throws: AppError.self) { try await signIn(setup, old) }
            }
            setup.clock.advance(seconds: 900)
            _ = try await signIn(setup, codes[0])
        }
    }

    @Test func `turning it off requires the factor, after which the password alone signs in`() async throws {
        try await withFactor(hasMail: true) { setup in
            let service = setup.services.secondFactors
            let user = try await setup.user()
            let wrong = try setup.app.wrongCode(at: setup.clock.now)
            await #expect(throws: AppError.wrongSecondFactor) {
                try await service.turnOff(for: user, in: setup.session, proving: nil, code: wrong, from: client)
            }
            setup.clock.advance(seconds: 600)
            let code = try setup.code()
            await #expect(throws: AppError.proofRequired) {
                try await service.turnOff(for: user, in: setup.session, proving: nil, code: code, from: client)
            }
            try await service.turnOff(
                for: user, in: setup.session, proving: .password("kept-by-lice"), code: code, from: client)
            #expect(try await !setup.user().hasSecondFactor)
            _ = try await setup.services.auth.signIn(
                email: "alice@example.com", password: "kept-by-lice", from: client)
            for table in ["second_factors", "recovery_codes", "second_factor_failures", "sign_in_challenges"] {
                let count = try await setup.services.database.read { connection in
                    try connection.row(SQL(stringLiteral: "SELECT COUNT(*) FROM \(table)")) { $0.integer(0) }
                }
                #expect(count == 0, "\(table)")
            }
            let mails = try await setup.services.outbox.mail(in: [.waiting], limit: 9).map(\.mail)
            #expect(mails.compactMap { $0.details["act"] }.contains("second-factor-off"))
        }
    }

    @Test func `the operator removes it, once`() async throws {
        try await withFactor { setup in
            let administration = setup.services.administration(by: .server)
            #expect(try await administration.removeSecondFactor(of: setup.user()))
            #expect(try await !administration.removeSecondFactor(of: setup.user()))
            setup.services.liveSessions.removeAll()
            _ = try await setup.services.auth.signIn(
                email: "alice@example.com", password: "kept-by-lice", from: client)
        }
    }

    // MARK: The server's secret

    @Test func `after a change of the server's secret, the old one is no longer needed`() async throws {
        try await withFactor { setup in
            let new = Array("another-secret-of-more-than-32-bytes".utf8)
            let rotated = Secrets(current: new, previous: Secrets.test.all)
            let services = try Services.test(on: setup.services.database, rotated, clock: setup.clock)
            defer { services.hasher.shutDown() }
            #expect(try await setup.services.secondFactors.reseal() == 0)
            #expect(try await services.secondFactors.reseal() == 11)
            #expect(try await services.secondFactors.reseal() == 0)
            // Records under the new secret follow those under the old one.
            _ = try await signIn(
                SecondFactorSetup(
                    services: services, clock: setup.clock, session: setup.session, app: setup.app, codes: setup.codes),
                setup.codes[1])
            let later = try Services.test(
                on: setup.services.database, Secrets(current: new), clock: setup.clock)
            defer { later.hasher.shutDown() }
            let moved = SecondFactorSetup(
                services: later, clock: setup.clock, session: setup.session, app: setup.app, codes: setup.codes)
            _ = try await signIn(moved, moved.code())
            _ = try await signIn(moved, moved.codes[2])
        }
    }
}
