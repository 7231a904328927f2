import Basics
import Crypto
import Domain

/// Sets up, changes and turns off second factors, and asks for them in sign-ins; independent of HTTP and SQL.
package final class SecondFactorService: Sendable {
    package static let recoveryCodeCount = 10
    /// The number of steps for which a wrong clock is explained, while a factor is set up and nothing can be guessed.
    private static let explainedSteps: Int64 = 10
    private static let resealedAtOnce = 100
    /// The refusal of a text that cannot be a code.
    package static let malformedCode = SecondFactorCheck.malformed

    private let store: any SecondFactorStore
    private let seal: FactorSeal
    private let proof: RecentProof
    private let sessions: SessionService
    private let notices: SecurityNotices
    private let ids: UUIDv7Generator
    private let now: @Sendable () -> Timestamp
    let check: SecondFactorCheck

    package init(
        store: any SecondFactorStore, secrets: Secrets, passkeys: PasskeyVerifier, proof: RecentProof,
        sessions: SessionService, notices: SecurityNotices, audit: AuditTrail, ids: UUIDv7Generator,
        now: @escaping @Sendable () -> Timestamp
    ) {
        (self.store, seal, self.proof) = (store, FactorSeal(secrets), proof)
        (self.sessions, self.notices, self.ids, self.now) = (sessions, notices, ids, now)
        check = SecondFactorCheck(
            store: store, seal: seal, passkeys: passkeys, notices: notices, audit: audit, now: now)
    }

    /// Nil if the user has none.
    package func secondFactor(of user: User) async throws -> SecondFactor? {
        user.hasSecondFactor ? try await store.secondFactor(of: user.id) : nil
    }

    // MARK: Setting up

    /// Makes the secret of an authenticator app. Nothing is on until a code of it was right.
    /// - Parameter code: of the second factor that it is to replace; needed if there is one.
    /// - Throws: the errors of `RecentProof.require` and `SecondFactorCheck.check`.
    package func begin(
        for user: User, in session: Session, proving credential: ProofCredential?, code: String, from client: Client
    ) async throws -> AuthenticatorSecret {
        try await begin(for: user, in: session, proving: credential, code: code, showing: [], from: client)
    }

    /// Like `begin`, with recovery codes that are shown before the first code of the app, and work once that was right.
    package func beginWithRecoveryCodes(
        for user: User, in session: Session, proving credential: ProofCredential?, code: String, from client: Client
    ) async throws -> (secret: AuthenticatorSecret, recoveryCodes: [String]) {
        let codes = try Self.newCodes()
        let secret = try await begin(
            for: user, in: session, proving: credential, code: code, showing: codes, from: client)
        return (secret, codes.map(\.shown))
    }

    private func begin(
        for user: User, in session: Session, proving credential: ProofCredential?, code: String,
        showing codes: [RecoveryCodeText], from client: Client
    ) async throws -> AuthenticatorSecret {
        // The proof holds for the code of the new app, too.
        if let credential {
            try await proof.renew(by: credential, in: session, from: client)
        } else {
            try await proof.require(nil, in: session, from: client)
        }
        let use =
            user.hasSecondFactor ? try await check.check(.code(code), of: .user(user.id), from: client).use : nil
        let secret = try AuthenticatorSecret.make(for: user)
        let setup = try FactorSetup(secret: secret.bytes, codes: codes)
        let pending = PendingFactor(
            userID: user.id, sealedSecret: try seal.seal(setup.bytes, of: user.id),
            expiresAt: now().adding(seconds: PendingFactor.lifetimeSeconds))
        guard try await store.insert(pending, from: session.id, using: use) else { throw AppError.wrongSecondFactor }
        return secret
    }

    /// The secret that is being set up, as long as the session is proved; nil if there is none.
    package func pendingSecret(of user: User, in session: Session) async throws -> AuthenticatorSecret? {
        guard proof.isRecent(in: session) else { return nil }
        return try await pendingSetup(of: user).map { AuthenticatorSecret(of: user, bytes: $0.setup.secret) }
    }

    /// True while the user is setting up an app.
    package func isSettingUp(_ user: User) async throws -> Bool { try await pendingSetup(of: user) != nil }

    private func pendingSetup(of user: User) async throws -> (pending: PendingFactor, setup: FactorSetup)? {
        guard let pending = try await store.pendingFactor(of: user.id, at: now()),
            let setup = try seal.open(pending.sealedSecret, of: user.id).flatMap(FactorSetup.init(bytes:))
        else { return nil }
        return (pending, setup)
    }

    /// Turns the second factor on that is being set up, once a code of it is right.
    /// - Throws: `AppError.invalid` for the field `code`; `AppError.proofRequired`; `AppError.notFound` if it took too long.
    /// - Returns: the recovery codes, which are available only here; none if they were shown before.
    package func activate(
        code: String, for user: User, in session: Session, from client: Client
    ) async throws -> [String] {
        try await proof.require(nil, in: session, from: client)
        guard let (pending, setup) = try await pendingSetup(of: user) else { throw Self.setupExpired }
        let time = now()
        let step = try step(of: code, setup.secret, at: time)
        let new = setup.codeDigests.isEmpty ? try Self.newCodes() : []
        let digests = setup.codeDigests + (try new.map { try $0.digest() })
        let factor = SecondFactor(
            userID: user.id, sealedSecret: try seal.seal(setup.secret, of: user.id), activatedAt: time, lastStep: step,
            recoveryCodes: try seal.seal(digests, of: user.id, ids: ids, at: time))
        let notice = try notices.notice(of: .secondFactorOn, to: user, from: client, at: time)
        let event = AuditEvent(
            .secondFactorAdded, at: time, by: client.source, user: user.id,
            [.init("method", SecondFactorMethod.totp.rawValue)])
        guard
            try await store.activate(pending, as: factor, from: session.id, notifying: notice, recording: event)
        else { throw Self.setupExpired }
        sessions.forget(user.id)
        notices.send(notice)
        return new.map(\.shown)
    }

    private static let setupExpired = AppError.notFound("That took too long. Begin again.")

    /// The step of the code that a new app shows.
    private func step(of text: String, _ secret: [UInt8], at time: Timestamp) throws -> Int64 {
        func refusal(_ sentence: String) -> AppError { .invalid([FieldIssue("code", sentence, .wrongValue)]) }
        guard case .totp(let code) = TypedCode(text) else { throw refusal("Type the six digits that the app shows.") }
        let current = OneTimePassword.step(at: time.seconds)
        if let step = try OneTimePassword.step(of: code, secret: secret, around: current) { return step }
        let other = try OneTimePassword.step(
            of: code, secret: secret, around: current, tolerance: Self.explainedSteps)
        guard let other else { throw refusal("This code is wrong. Type the one that the app shows now.") }
        let seconds = abs(other - current) * OneTimePassword.stepSeconds
        throw refusal(
            "The clock of the app's device is about \(seconds) seconds \(other > current ? "ahead" : "behind"). Set it, then type the next code."
        )
    }

    // MARK: Changes

    /// Makes new recovery codes; the others are void.
    /// - Throws: the errors of `RecentProof.require` and `SecondFactorCheck.check`.
    package func makeRecoveryCodes(
        for user: User, in session: Session, proving credential: ProofCredential?, code: String, from client: Client
    ) async throws -> [String] {
        let (use, time) = (try await use(of: code, for: user, in: session, proving: credential, from: client), now())
        let new = try Self.newCodes()
        let codes = try seal.seal(try new.map { try $0.digest() }, of: user.id, ids: ids, at: time)
        let notice = try notices.notice(of: .newRecoveryCodes, to: user, from: client, at: time)
        let event = AuditEvent(.recoveryCodesCreated, at: time, by: client.source, user: user.id)
        guard
            try await store.replaceRecoveryCodes(
                of: user.id, with: codes, using: use, notifying: notice, recording: event)
        else { throw AppError.wrongSecondFactor }
        notices.send(notice)
        return new.map(\.shown)
    }

    /// Turns the second factor off.
    /// - Throws: the errors of `RecentProof.require` and `SecondFactorCheck.check`.
    package func turnOff(
        for user: User, in session: Session, proving credential: ProofCredential?, code: String, from client: Client
    ) async throws {
        let use = try await use(of: code, for: user, in: session, proving: credential, from: client)
        let notice = try notices.notice(of: .secondFactorOff, to: user, from: client)
        let event = AuditEvent(.secondFactorRemoved, at: now(), by: client.source, user: user.id)
        guard try await store.removeSecondFactor(of: user.id, using: use, notifying: notice, recording: event) else {
            throw AppError.wrongSecondFactor
        }
        sessions.forget(user.id)
        notices.send(notice)
    }

    /// Checks a code of a user who is signed in, and uses it up.
    /// - Parameter method: the only method whose codes are accepted.
    /// - Throws: the errors of `SecondFactorCheck.check`.
    package func confirm(
        _ code: String, by method: SecondFactorMethod, for user: User, from client: Client
    ) async throws {
        let use = try await check.check(.code(code, by: method), of: .user(user.id), from: client).use
        let notice =
            method == .recoveryCode ? try notices.notice(of: .recoveryCodeUse, to: user, from: client) : nil
        let event = AuditEvent(
            .secondFactorConfirmed, at: now(), by: client.source, user: user.id, [.init("method", method.rawValue)])
        guard try await store.use(use, of: user.id, notifying: notice, recording: event) else {
            throw AppError.wrongSecondFactor
        }
        notices.send(notice)
    }

    /// The number of devices on which the password alone signs in.
    package func trustedDevices(of user: User) async throws -> Int {
        user.hasSecondFactor ? try await store.trustedDevices(of: user.id, at: now()) : 0
    }

    /// Asks for the second factor on all devices again, which takes no proof.
    package func untrustDevices(of user: User, from client: Client) async throws {
        let event = AuditEvent(.devicesUntrusted, at: now(), by: client.source, user: user.id)
        _ = try await store.untrustDevices(of: user.id, recording: event)
    }

    private func use(
        of code: String, for user: User, in session: Session, proving credential: ProofCredential?,
        from client: Client
    ) async throws -> SecondFactorUse {
        try await proof.require(credential, in: session, from: client)
        return try await check.check(.code(code), of: .user(user.id), from: client).use
    }

    static func newCodes() throws -> [RecoveryCodeText] {
        try (0..<recoveryCodeCount).map { _ in try RecoveryCodeText.make() }
    }

    // MARK: Signing in

    /// Lets a sign-in whose first factor was right wait for the second.
    /// - Throws: `AppError.badCredentials` if the first does not hold any more.
    func ask(
        _ user: User, after first: FirstFactor, isRemembered: Bool, isKnownDevice: Bool
    ) async throws -> PendingSecondFactor {
        guard let factor = try await store.secondFactor(of: user.id) else { throw AppError.badCredentials }
        let token = try RandomToken.make()
        let challenge = SignInChallenge(
            tokenDigest: try RandomToken.digest(token), userID: user.id, createdAt: now(), isRemembered: isRemembered,
            isKnownDevice: isKnownDevice)
        guard try await store.insert(challenge, after: first) else { throw AppError.badCredentials }
        return PendingSecondFactor(challenge: token, methods: factor.methods)
    }

    // MARK: Rotation of the server's secret

    /// Encrypts what an earlier secret has encrypted under the current one; returns the number of texts.
    package func reseal() async throws -> Int {
        var (count, last) = (0, UserID?.none)
        while case let factors = try await store.sealedFactors(after: last, limit: Self.resealedAtOnce),
            let end = factors.last
        {
            for factor in factors {
                guard let text = try seal.reseal(factor) else { continue }
                try await store.reseal(factor, as: text)
                count += 1
            }
            last = end.userID
        }
        return count
    }
}
