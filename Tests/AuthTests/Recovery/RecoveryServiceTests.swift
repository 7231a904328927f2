import App
import Basics
import Crypto
import Domain
import Storage
import TestSupport
import Testing

@testable import Auth

@Suite struct RecoveryServiceTests {
    private static let origin = "https://tasks.test"
    private static let owner = EmailAddress(stored: "alice@example.com")
    private static let thief = EmailAddress(stored: "thief@example.org")
    private let client = Client(ipAddress: "192.0.2.7", userAgent: "tests")

    /// Alice, who is signed in, as is the thief.
    private struct Setup {
        let services: Services
        let clock: TestClock
        let session: Session

        func user() async throws -> User { try #require(try await services.accountStore.user(session.userID)) }

        func notice(_ act: SecurityAct) async throws -> OutgoingMail {
            let mails = try await services.outbox.mail(in: [.waiting], limit: 99).map(\.mail)
            return try #require(mails.first { $0.details["act"] == act.rawValue })
        }

        /// The token of the link in the newest notice of this act.
        func token(_ act: SecurityAct) async throws -> String {
            try #require(try await services.recoveries.secret(in: notice(act))?.token)
        }
    }

    private func withAlice(
        clock: TestClock = TestClock(), throttles: ThrottleRules = .none, _ work: (Setup) async throws -> Void
    ) async throws {
        func configure(_ settings: inout ServiceSettings) {
            settings.ownOrigin = { Self.origin }
            settings.sendsMail = true
            settings.throttleRules = throttles
        }
        try await Services.withTest(clock: clock, configure: configure) { services in
            let outcome = try await services.auth.signUp(
                .init(email: Self.owner.text, password: "kept-by-lice", username: nil), from: client)
            let session = try #require(outcome.signIn).session
            // Signed in with a provider or a passkey only.
            try await services.database.write {
                _ = try $0.execute("UPDATE users SET password_hash = NULL, email_verified = \(true)")
            }
            try await work(Setup(services: services, clock: clock, session: session))
        }
    }

    private func turnOn(_ setup: Setup, code: String = "") async throws -> (app: Authenticator, codes: [String]) {
        let (app, codes) = try await setup.services.turnOnSecondFactor(
            for: setup.user(), in: setup.session, code: code, from: client, at: setup.clock.now)
        setup.clock.advance(seconds: 60)
        return (app, codes)
    }

    private func add(_ setup: Setup) async throws -> SoftPasskey {
        var passkey = try SoftPasskey(at: Self.origin, "tasks.test")
        let creation = try await setup.services.passkeys.begin(
            for: setup.user(), in: setup.session, proving: nil, code: "", from: client)
        passkey.userHandle = creation.userHandle
        try await setup.services.passkeys.add(
            PasskeyResponse(json: passkey.creation(creation.challenge)), named: "Laptop", for: setup.user(),
            in: setup.session, from: client)
        return passkey
    }

    /// The thief takes the account to another address.
    private func steal(_ setup: Setup) async throws {
        setup.clock.advance(seconds: 60)
        _ = try await setup.services.emailChanges.request(
            Self.thief.text, for: setup.user(), in: setup.session, proving: nil, from: client)
        let mails = try await setup.services.outbox.mail(in: [.waiting], limit: 99).map(\.mail)
        let mail = try #require(mails.first { $0.kind == .emailChange })
        let token = try #require(try await setup.services.emailChanges.secret(in: mail)?.token)
        try await setup.services.emailChanges.confirm(token: token, by: nil, from: client)
        setup.clock.advance(seconds: 60)
    }

    private func recover(_ setup: Setup, _ token: String, by proof: RecoveryProof) async throws {
        try await setup.services.recoveries.recover(
            token: token, proving: proof, new: "the-owner-again-9", from: client)
    }

    /// The problem with the proof; nil if it has recovered the account.
    private func refusal(_ setup: Setup, _ token: String, by proof: RecoveryProof) async throws -> AppError? {
        do { try await recover(setup, token, by: proof) } catch let error as AppError { return error }
        #expect(try await setup.user().email == Self.owner)
        return nil
    }

    private func options(_ setup: Setup, _ token: String) async throws -> RecoveryOptions {
        let recovery = try #require(try await setup.services.recoveries.recovery(for: token))
        return try #require(try await setup.services.recoveries.options(for: recovery, token))
    }

    private func answer(_ setup: Setup, _ token: String, _ passkey: SoftPasskey) async throws -> RecoveryProof {
        let request = try #require(try await options(setup, token).passkey)
        return .passkey(try #require(PasskeyResponse(json: passkey.assertion(request.challenge))))
    }

    // MARK: Codes

    @Test func `a code from an app that is older than the change recovers an account without a password`() async throws
    {
        try await withAlice { setup in
            let (app, _) = try await turnOn(setup)
            try await steal(setup)
            let token = try await setup.token(.emailChange)
            let options = try await options(setup, token)
            #expect(!options.takesPassword && options.takesCode && options.passkey == nil)
            #expect(try await refusal(setup, token, by: .password("kept-by-lice")) == .badCredentials)
            #expect(
                try await refusal(setup, token, by: .code(app.wrongCode(at: setup.clock.now))) == .badCredentials)
            guard case .invalid? = try await refusal(setup, token, by: .code("12345")) else {
                Issue.record("What cannot be a code was taken for a wrong one.")
                return
            }
            #expect(try await refusal(setup, token, by: .code(app.code(at: setup.clock.now))) == nil)
            // The second factor stays on, as it is the owner's.
            #expect(try await setup.user().hasSecondFactor)
            let records = try await setup.services.auditStore.first(AuditQuery(limit: 1000))
            #expect(records.last { $0.kind == .accountRecovered }?.details.contains(#""proof":"totp""#) == true)
        }
    }

    @Test func `a code from the app that was used before does not work again`() async throws {
        try await withAlice { setup in
            let (app, _) = try await turnOn(setup)
            try await steal(setup)
            let code = try app.code(at: setup.clock.now)
            try await setup.services.secondFactors.confirm(code, by: .totp, for: setup.user(), from: client)
            #expect(
                try await refusal(setup, setup.token(.emailChange), by: .code(code)) == .badCredentials)
        }
    }

    @Test func `an app and codes that were added after the change do not help, and are removed`() async throws {
        try await withAlice { setup in
            let passkey = try await add(setup)
            try await steal(setup)
            let (app, codes) = try await turnOn(setup)
            let token = try await setup.token(.emailChange)
            #expect(try await !options(setup, token).takesCode)
            for code in [try app.code(at: setup.clock.now), codes[0]] {
                #expect(try await refusal(setup, token, by: .code(code)) == .badCredentials)
            }
            #expect(try await refusal(setup, token, by: answer(setup, token, passkey.counting(2))) == nil)
            #expect(try await !setup.user().hasSecondFactor)
        }
    }

    @Test func `an app that the thief has replaced or turned off still helps its owner, and the other one does not`()
        async throws
    {
        for isReplaced in [true, false] {
            try await withAlice { setup in
                let (app, codes) = try await turnOn(setup)
                try await steal(setup)
                var thiefs: Authenticator?
                if isReplaced {
                    thiefs = try await turnOn(setup, code: codes[0]).app
                } else {
                    try await setup.services.secondFactors.turnOff(
                        for: setup.user(), in: setup.session, proving: nil, code: codes[0], from: client)
                }
                let token = try await setup.token(.emailChange)
                if let thiefs {
                    #expect(
                        try await refusal(setup, token, by: .code(thiefs.code(at: setup.clock.now)))
                            == .badCredentials)
                }
                // A code that the thief has used is used up here as well.
                #expect(try await refusal(setup, token, by: .code(codes[0])) == .badCredentials)
                #expect(try await refusal(setup, token, by: .code(app.code(at: setup.clock.now))) == nil)
                #expect(try await !setup.user().hasSecondFactor)
            }
        }
    }

    @Test func `recovery codes from before help once, and their replacements do not and are removed`() async throws {
        try await withAlice { setup in
            let (app, codes) = try await turnOn(setup)
            try await steal(setup)
            let new = try await setup.services.secondFactors.makeRecoveryCodes(
                for: setup.user(), in: setup.session, proving: nil, code: app.code(at: setup.clock.now), from: client)
            let token = try await setup.token(.emailChange)
            #expect(try await refusal(setup, token, by: .code(new[0])) == .badCredentials)
            #expect(try await refusal(setup, token, by: .code(codes[3])) == nil)
            let factor = try #require(try await setup.services.accountStore.secondFactor(of: setup.user().id))
            #expect(factor.recoveryCodes.isEmpty)
            let used = try await setup.services.database.read {
                try $0.rows("SELECT id FROM former_recovery_codes WHERE used_at IS NOT NULL") { $0.text(0) }
            }
            #expect(used.count == 1)
        }
    }

    @Test func `an app that was removed before the change does not help`() async throws {
        try await withAlice { setup in
            let passkey = try await add(setup)
            let (app, codes) = try await turnOn(setup)
            try await setup.services.secondFactors.turnOff(
                for: setup.user(), in: setup.session, proving: nil, code: codes[0], from: client)
            try await steal(setup)
            let token = try await setup.token(.emailChange)
            #expect(try await !options(setup, token).takesCode)
            #expect(
                try await refusal(setup, token, by: .code(app.code(at: setup.clock.now))) == .badCredentials)
            // For the notice of its removal, it is an earlier app.
            let earlier = try await setup.token(.secondFactorOff)
            #expect(try await options(setup, earlier).takesCode)
            #expect(try await options(setup, earlier).passkey?.allowed.count == 1)
            #expect(try await refusal(setup, earlier, by: answer(setup, earlier, passkey.counting(2))) == nil)
        }
    }

    // MARK: Passkeys

    @Test func `a passkey from before recovers the account, even one that the thief has removed`() async throws {
        for isRemoved in [false, true] {
            try await withAlice { setup in
                let passkey = try await add(setup)
                try await steal(setup)
                let thiefs = try await add(setup)
                if isRemoved {
                    let first = try #require(try await setup.services.passkeys.passkeys(of: setup.user().id).first)
                    let outcome = try await setup.services.passkeys.remove(
                        first.id, of: setup.user(), in: setup.session, proving: nil, from: client)
                    #expect(outcome == .removed)
                }
                let token = try await setup.token(.emailChange)
                #expect(try await options(setup, token).passkey?.allowed.count == 1)
                #expect(
                    try await refusal(setup, token, by: answer(setup, token, thiefs.counting(2))) == .badCredentials)
                // Without user verification, a passkey may be found or borrowed.
                let unverified = passkey.counting(2).without(0x04)
                #expect(try await refusal(setup, token, by: answer(setup, token, unverified)) == .badCredentials)
                // A challenge is good once, and for its own link.
                let proof = try await answer(setup, token, passkey.counting(3))
                let elsewhere = try #require(try setup.services.auth.passkeyRequest()).challenge
                let foreign = try #require(PasskeyResponse(json: passkey.counting(3).assertion(elsewhere)))
                #expect(try await refusal(setup, token, by: .passkey(foreign)) == .badCredentials)
                #expect(try await refusal(setup, token, by: proof) == nil)
                let left = try await setup.services.passkeys.passkeys(of: setup.user().id)
                #expect(left.map(\.credentialID) == (isRemoved ? [] : [Base64URL.encode(passkey.id)]))
            }
        }
    }

    @Test func `an account that had no other proof of its owner cannot be recovered`() async throws {
        try await withAlice { setup in
            try await steal(setup)
            let token = try await setup.token(.emailChange)
            #expect(try await options(setup, token).isEmpty)
            #expect(try await refusal(setup, token, by: .password("")) == .badCredentials)
        }
    }

    // MARK: Limits

    @Test func `attempts count against the link before they are checked`() async throws {
        let few = try #require(ThrottleLimit.list("3/3600"))
        let rules = ThrottleRules(address: [], account: few, device: few, signUp: [], exemptsLocalSignUps: true)
        try await withAlice(throttles: rules) { setup in
            let (app, codes) = try await turnOn(setup)
            try await steal(setup)
            let token = try await setup.token(.emailChange)
            let wrong = try app.wrongCode(at: setup.clock.now)
            for _ in 0..<3 { #expect(try await refusal(setup, token, by: .code(wrong)) == .badCredentials) }
            for proof in [RecoveryProof.code(try app.code(at: setup.clock.now)), .code(codes[0]), .password("")] {
                guard case .throttled? = try await refusal(setup, token, by: proof) else {
                    Issue.record("An attempt beyond the limit was looked at.")
                    return
                }
            }
        }
    }

    @Test func `after fifty attempts only recovery codes and passkeys help`() async throws {
        try await withAlice { setup in
            let (app, codes) = try await turnOn(setup)
            try await steal(setup)
            let token = try await setup.token(.emailChange)
            try await setup.services.database.write {
                _ = try $0.execute("UPDATE account_links SET code_attempts = 50 WHERE purpose = 'recovery'")
            }
            #expect(
                try await refusal(setup, token, by: .code(app.code(at: setup.clock.now))) == .badCredentials)
            #expect(try await refusal(setup, token, by: .code(codes[0])) == nil)
        }
    }

    @Test func `of concurrent requests with one code, one succeeds`() async throws {
        try await withAlice { setup in
            let (_, codes) = try await turnOn(setup)
            try await steal(setup)
            let token = try await setup.token(.emailChange)
            let succeeded = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 {
                    group.addTask { try await refusal(setup, token, by: .code(codes[1])) == nil }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(succeeded == 1)
        }
    }

    // MARK: The time of a change

    /// The clock goes on with each reading, as the real one does between the steps of a request.
    @Test func `a change is not older than its notice, however long its request took`() async throws {
        try await withAlice(clock: TestClock(tick: 5)) { setup in
            let passkey = try await add(setup)
            let (app, codes) = try await turnOn(setup)
            let new = try await setup.services.secondFactors.makeRecoveryCodes(
                for: setup.user(), in: setup.session, proving: nil, code: codes[0], from: client)
            try await steal(setup)
            let (ofPasskey, ofFactor) = (
                try await setup.token(.newPasskey), try await setup.token(.secondFactorOn)
            )
            let ofCodes = try await setup.token(.newRecoveryCodes)
            // The passkey's own notice: nothing is older. That of the app: the passkey is. That of the codes: both are.
            #expect(try await options(setup, ofPasskey).isEmpty)
            let second = try await options(setup, ofFactor)
            #expect(!second.takesCode && second.passkey?.allowed.count == 1)
            #expect(try await refusal(setup, ofCodes, by: .code(new[0])) == .badCredentials)
            #expect(
                try await refusal(setup, ofFactor, by: .code(app.code(at: setup.clock.now))) == .badCredentials)
            #expect(try await refusal(setup, ofFactor, by: answer(setup, ofFactor, passkey.counting(2))) == nil)
            #expect(try await !setup.user().hasSecondFactor)
            #expect(try await setup.services.passkeys.passkeys(of: setup.user().id).count == 1)
        }
    }

    @Test func `a passkey goes with the link in its own notice`() async throws {
        try await withAlice(clock: TestClock(tick: 5)) { setup in
            _ = try await add(setup)
            #expect(try await refusal(setup, setup.token(.newPasskey), by: .password("")) == nil)
            #expect(try await setup.services.passkeys.passkeys(of: setup.user().id).isEmpty)
        }
    }

    // MARK: What is kept

    private func kept(_ setup: Setup) async throws -> [Int64] {
        try await setup.services.database.read { connection in
            try ["former_apps", "former_recovery_codes", "former_passkeys"].compactMap { table in
                try connection.row(SQL(stringLiteral: "SELECT COUNT(*) FROM \(table)")) { $0.integer(0) }
            }
        }
    }

    @Test func `removed proofs are kept for as long as a link may ask for them`() async throws {
        try await withAlice { setup in
            _ = try await add(setup)
            let (app, _) = try await turnOn(setup)
            try await setup.services.secondFactors.turnOff(
                for: setup.user(), in: setup.session, proving: nil, code: app.code(at: setup.clock.now), from: client)
            #expect(try await kept(setup) == [1, 10, 0])
            setup.clock.advance(seconds: SecurityNotice.recoveryLifetimeSeconds - 1)
            _ = try await setup.services.sessions.deleteExpired()
            #expect(try await kept(setup) == [1, 10, 0])
            setup.clock.advance(seconds: 1)
            _ = try await setup.services.sessions.deleteExpired()
            #expect(try await kept(setup) == [0, 0, 0])
        }
    }

    @Test func `proofs that the operator removes are not kept`() async throws {
        try await withAlice { setup in
            _ = try await turnOn(setup)
            #expect(try await setup.services.administration(by: .server).removeSecondFactor(of: setup.user()))
            #expect(try await kept(setup) == [0, 0, 0])
        }
    }

    @Test func `proofs that the operator removes are not kept, even if the user just removed them`() async throws {
        try await withAlice { setup in
            for _ in 1...2 { _ = try await add(setup) }
            let (app, _) = try await turnOn(setup)
            try await setup.services.secondFactors.turnOff(
                for: setup.user(), in: setup.session, proving: nil, code: app.code(at: setup.clock.now), from: client)
            let passkey = try #require(try await setup.services.passkeys.passkeys(of: setup.user().id).first)
            _ = try await setup.services.passkeys.remove(
                passkey.id, of: setup.user(), in: setup.session, proving: nil, from: client)
            #expect(try await kept(setup) == [1, 10, 1])
            let operators = setup.services.administration(by: .server)
            #expect(try await operators.removeSecondFactor(of: setup.user()))
            #expect(try await operators.removePasskeys(of: setup.user()) == 2)
            #expect(try await kept(setup) == [0, 0, 0])
            #expect(try await !operators.removeSecondFactor(of: setup.user()))
            #expect(try await operators.removePasskeys(of: setup.user()) == 0)
        }
    }

    @Test(arguments: [false, true])
    func `a password from the operator ends earlier links`(byLink: Bool) async throws {
        try await withAlice { setup in
            let (app, _) = try await turnOn(setup)
            try await steal(setup)
            let token = try await setup.token(.emailChange)
            let operators = setup.services.administration(by: .server)
            if byLink {
                let link = try await operators.makeResetToken(for: setup.user())
                try await setup.services.resets.reset(token: link.token, to: "the-operators-9", from: client)
            } else {
                _ = try await operators.setPassword(of: setup.user(), to: "the-operators-9")
            }
            #expect(try await setup.services.recoveries.recovery(for: token) == nil)
            await #expect(throws: AppError.self) {
                try await recover(setup, token, by: .code(app.code(at: setup.clock.now)))
            }
        }
    }

    @Test func `recovery codes alone still help their owner after the thief has set a password`() async throws {
        try await withAlice { setup in
            let codes = try await setup.services.recoveryCodes.make(
                for: setup.user(), in: setup.session, proving: nil, from: client)
            try await steal(setup)
            try await setup.services.resets.request(email: Self.thief.text, from: client)
            let mails = try await setup.services.outbox.mail(in: [.waiting], limit: 99).map(\.mail)
            let mail = try #require(mails.first { $0.kind == .passwordReset })
            let reset = try #require(try await setup.services.resets.secret(in: mail)?.token)
            try await setup.services.resets.reset(token: reset, to: "the-thiefs-own-9", from: client)
            let token = try await setup.token(.emailChange)
            #expect(try await options(setup, token).takesCode)
            #expect(try await refusal(setup, token, by: .code(codes[4])) == nil)
        }
    }
}
