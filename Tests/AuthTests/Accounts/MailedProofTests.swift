import App
import Basics
import Domain
import Storage
import TestSupport
import Testing

@testable import Auth

@Suite struct MailedProofTests {
    private let client = Client(ipAddress: "192.0.2.7", userAgent: "tests")

    /// Alice, who has two sessions and no password, and whose address is verified.
    private struct Setup {
        let services: Services
        let clock: TestClock
        let session: Session
        let other: Session

        func user() async throws -> User { try #require(try await services.accountStore.user(session.userID)) }

        /// The codes in the e-mails, the newest first.
        func codes() async throws -> [String] {
            let mails = try await services.outbox.mail(in: [.waiting], limit: 99).map(\.mail)
            var codes: [String] = []
            for mail in mails where mail.kind == .proofCode {
                if let secret = try await services.mailedProof.secret(in: mail) { codes.append(secret.code) }
            }
            return codes
        }

        func isRecent(_ session: Session) async throws -> Bool {
            let stored = try #require(try await services.accountStore.session(session.id, at: clock.now))
            return services.proof.isRecent(in: stored.session)
        }
    }

    private func withAlice(hasMail: Bool = true, _ work: (Setup) async throws -> Void) async throws {
        func configure(_ settings: inout ServiceSettings) { settings.sendsMail = hasMail }
        let clock = TestClock()
        try await Services.withTest(clock: clock, configure: configure) { services in
            let outcome = try await services.auth.signUp(
                .init(email: "alice@example.com", password: "kept-by-lice", username: nil), from: client)
            let other = try await services.auth.signIn(
                email: "alice@example.com", password: "kept-by-lice", from: client)
            try await services.database.write {
                _ = try $0.execute("UPDATE users SET password_hash = NULL, email_verified = \(true)")
            }
            try await work(
                Setup(
                    services: services, clock: clock, session: try #require(outcome.signIn).session,
                    other: other.session))
        }
    }

    private func mail(_ setup: Setup, _ session: Session? = nil) async throws -> String {
        try await setup.services.mailedProof.mail(
            to: setup.user(), in: session ?? setup.session, from: client)
        return try #require(try await setup.codes().first)
    }

    private func confirm(_ setup: Setup, _ code: String, _ factorCode: String = "", in session: Session? = nil)
        async throws -> AppError?
    {
        do {
            try await setup.services.mailedProof.confirm(
                code: code, factorCode: factorCode, for: setup.user(), in: session ?? setup.session, from: client)
        } catch let error as AppError {
            return error
        }
        return nil
    }

    private func wrong(_ code: String) -> String {
        code.hasPrefix("0") ? "1" + code.dropFirst() : "0" + code.dropFirst()
    }

    @Test func `a mailed code confirms the session that requested it, once`() async throws {
        try await withAlice { setup in
            setup.clock.advance(seconds: 3600)
            let code = try await mail(setup)
            #expect(try await confirm(setup, code, in: setup.other) == MailedProof.wrongCode)
            #expect(try await confirm(setup, wrong(code)) == MailedProof.wrongCode)
            #expect(try await !setup.isRecent(setup.session))
            #expect(try await confirm(setup, code) == nil)
            #expect(try await setup.isRecent(setup.session))
            #expect(try await !setup.isRecent(setup.other))
            #expect(try await confirm(setup, code) == MailedProof.wrongCode)
            #expect(try await setup.codes().isEmpty)
            let records = try await setup.services.auditStore.first(AuditQuery(limit: 1000))
            let record = try #require(records.last { $0.kind == .ownerConfirmed })
            #expect(record.details.contains(#""method":"mailed code""#) && record.userID == setup.session.userID)
            #expect(records.contains { $0.kind == .tokenCreated && $0.details.contains("proof mail") })
            #expect(!records.contains { $0.details.contains(code) })
        }
    }

    @Test func `a code works for fifteen minutes, and a newer one voids it`() async throws {
        try await withAlice { setup in
            let first = try await mail(setup)
            setup.clock.advance(seconds: 61)
            let second = try await mail(setup)
            #expect(first != second)
            #expect(try await confirm(setup, first) == MailedProof.wrongCode)
            setup.clock.advance(seconds: 900)
            #expect(try await confirm(setup, second) == MailedProof.wrongCode)
            setup.clock.advance(seconds: 61)
            let third = try await mail(setup)
            setup.clock.advance(seconds: 899)
            #expect(try await confirm(setup, third) == nil)
        }
    }

    @Test func `a mailed code stays valid when a request for another exceeds the limit`() async throws {
        try await withAlice { setup in
            let code = try await mail(setup)
            setup.clock.advance(seconds: 30)
            #expect(try await mail(setup) == code)
            #expect(try await confirm(setup, code) == nil)
        }
    }

    @Test func `wrong codes still count after void codes are deleted`() async throws {
        try await withAlice { setup in
            let code = try await mail(setup)
            for _ in 0..<5 { #expect(try await confirm(setup, wrong(code)) == MailedProof.wrongCode) }
            setup.clock.advance(seconds: 61)
            _ = try await mail(setup)
            _ = try await setup.services.sessions.deleteExpired()
            setup.clock.advance(seconds: 61)
            let last = try await mail(setup)
            #expect(try await confirm(setup, last) == MailedProof.wrongCode)
        }
    }

    @Test func `after five wrong codes the right one is refused, and a new mail changes nothing`() async throws {
        try await withAlice { setup in
            let code = try await mail(setup)
            for _ in 0..<5 { #expect(try await confirm(setup, wrong(code)) == MailedProof.wrongCode) }
            #expect(try await confirm(setup, code) == MailedProof.wrongCode)
            setup.clock.advance(seconds: 61)
            let again = try await mail(setup)
            #expect(try await confirm(setup, again) == MailedProof.wrongCode)
        }
    }

    @Test func `an account with a password or an unverified address gets no code`() async throws {
        try await withAlice { setup in
            let code = try await mail(setup)
            func set(_ assignment: SQL) async throws {
                try await setup.services.database.write { _ = try $0.execute("UPDATE users SET \(assignment)") }
            }
            try await set("password_hash = 'x'")
            await #expect(throws: MailedProof.hasPassword) { _ = try await mail(setup) }
            // Nor does one that was mailed before.
            #expect(try await confirm(setup, code) == MailedProof.wrongCode)
            try await set("password_hash = NULL, email_verified = FALSE")
            await #expect(throws: MailedProof.notVerified) { _ = try await mail(setup) }
            #expect(try await confirm(setup, code) == MailedProof.wrongCode)
            try await set("email_verified = TRUE, email = 'other@example.com'")
            #expect(try await confirm(setup, code) == MailedProof.wrongCode)
        }
    }

    @Test func `without mail there is no code`() async throws {
        try await withAlice(hasMail: false) { setup in
            await #expect(throws: MailedProof.noMail) { _ = try await mail(setup) }
        }
    }

    @Test func `a code does not confirm an ended session`() async throws {
        try await withAlice { setup in
            let (user, code) = (try await setup.user(), try await mail(setup))
            _ = try await setup.services.sessions.end(setup.session.id, of: user.id, by: .signOut, from: client)
            #expect(try await confirm(setup, code) == MailedProof.wrongCode)
            await #expect(throws: AppError.invalidToken) { _ = try await mail(setup) }
        }
    }

    // MARK: Second factors

    private func turnOn(
        _ setup: Setup, thenWaiting seconds: Int64 = 3600
    ) async throws -> (app: Authenticator, codes: [String]) {
        let (app, codes) = try await setup.services.turnOnSecondFactor(
            for: setup.user(), in: setup.session, from: client, at: setup.clock.now)
        setup.clock.advance(seconds: seconds)
        return (app, codes)
    }

    @Test func `with a second factor, the mailed code is not enough`() async throws {
        try await withAlice { setup in
            let (app, codes) = try await turnOn(setup)
            let code = try await mail(setup)
            guard case .invalid? = try await confirm(setup, code) else {
                Issue.record("The mailed code alone was taken.")
                return
            }
            #expect(try await confirm(setup, code, app.wrongCode(at: setup.clock.now)) == .wrongSecondFactor)
            #expect(try await !setup.isRecent(setup.session))
            // The second factor alone is no proof, and is not used up.
            let shown = try app.code(at: setup.clock.now)
            #expect(try await confirm(setup, wrong(code), shown) == MailedProof.wrongCode)
            #expect(try await confirm(setup, code, shown) == nil)
            #expect(try await setup.isRecent(setup.session))
            setup.clock.advance(seconds: 910)
            let next = try await mail(setup)
            #expect(try await confirm(setup, next, shown) == .wrongSecondFactor)
            #expect(try await confirm(setup, next, codes[0]) == nil)
            let mails = try await setup.services.outbox.mail(in: [.waiting], limit: 99)
            #expect(mails.contains { $0.mail.details["act"] == SecurityAct.recoveryCodeUse.rawValue })
        }
    }

    @Test func `a second factor turned on in the meantime is required`() async throws {
        try await withAlice { setup in
            let (before, code) = (try await setup.user(), try await mail(setup))
            let (app, _) = try await turnOn(setup, thenWaiting: 30)
            await #expect(throws: MailedProof.wrongCode) {
                try await setup.services.mailedProof.confirm(
                    code: code, factorCode: "", for: before, in: setup.session, from: client)
            }
            #expect(try await confirm(setup, code, app.code(at: setup.clock.now)) == nil)
        }
    }

    @Test func `of concurrent requests with one code, one succeeds`() async throws {
        try await withAlice { setup in
            let code = try await mail(setup)
            let succeeded = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 { group.addTask { try await confirm(setup, code) == nil } }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(succeeded == 1)
        }
    }
}
