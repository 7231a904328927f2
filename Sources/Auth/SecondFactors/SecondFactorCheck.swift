import Basics
import Crypto
import Domain

/// Checks second factors, within the limits on guessing.
struct SecondFactorCheck: Sendable {
    /// A code or passkey that was right. It is used up by the store, in the transaction of what it permits.
    struct Success: Sendable {
        let user: User
        let challenge: SignInChallenge?
        let use: SecondFactorUse
    }

    static let malformed = AppError.invalid([
        FieldIssue("code", "Type the six digits that the app shows, or a recovery code.", .wrongValue)
    ])

    let store: any SecondFactorStore
    let seal: FactorSeal
    let passkeys: PasskeyVerifier
    let notices: SecurityNotices
    let audit: AuditTrail
    let now: @Sendable () -> Timestamp

    /// - Throws: `AppError.invalid` for a text that cannot be a code, which does not count; `AppError.wrongSecondFactor`;
    ///   `AppError.throttled` while the second factor is locked; `AppError.signInExpired` and `.signInTriedOut`.
    func check(
        _ answer: SecondFactorAnswer, of subject: SecondFactorSubject, from client: Client
    ) async throws -> Success {
        if case .code(let text, let method) = answer, TypedCode(text, of: method) == nil { throw Self.malformed }
        return try await RefusalDelay.refusing(.secondFactor, for: nil, from: client, in: audit) {
            let time = now()
            switch try await store.trySecondFactor(of: subject, at: time) {
            case .gone: throw AppError.signInExpired
            case .triedOut: throw AppError.signInTriedOut
            case .locked(let end):
                throw AppError.throttled(
                    Throttled(
                        limit: Int(SecondFactorLimits.failuresToLock),
                        retryAfterSeconds: Int((end.milliseconds - time.milliseconds + 999) / 1000)))
            case .admitted(let user, let factor, let challenge, let failures):
                let allowsApp = failures <= SecondFactorLimits.failuresOfApp
                var cause: String?
                do {
                    let use = try await use(
                        of: answer, by: factor, challenge, allowsApp: allowsApp, at: time, from: client)
                    if let use { return Success(user: user, challenge: challenge, use: use) }
                } catch let refusal as PasskeyRefusal {
                    cause = refusal.rawValue
                }
                try await fail(user, failures, cause, at: time, from: client)
                throw AppError.wrongSecondFactor
            }
        }
    }

    /// - Throws: `PasskeyRefusal`.
    private func use(
        of answer: SecondFactorAnswer, by factor: SecondFactor, _ challenge: SignInChallenge?, allowsApp: Bool,
        at time: Timestamp, from client: Client
    ) async throws -> SecondFactorUse? {
        switch answer {
        case .code(let text, let method):
            guard let code = TypedCode(text, of: method) else { return nil }
            return try use(of: code, by: factor, allowsApp: allowsApp, at: time)
        case .passkey(let response):
            // Changes of a user who is signed in take a code.
            guard let challenge else { return nil }
            return .passkey(
                try await passkeys.verifySecondFactor(
                    response, of: factor.userID, answering: challenge.tokenDigest, from: client))
        }
    }

    private func use(
        of code: TypedCode, by factor: SecondFactor, allowsApp: Bool, at time: Timestamp
    ) throws -> SecondFactorUse? {
        switch code {
        case .totp(let digits):
            guard let step = try seal.step(of: digits, by: factor, at: time), allowsApp else { return nil }
            return .step(step)
        case .recovery(let text):
            return try seal.match(text, among: factor.recoveryCodes, of: factor.userID)
                .map(SecondFactorUse.recoveryCode)
        }
    }

    private func fail(
        _ user: User, _ failures: Int64, _ cause: String?, at time: Timestamp, from client: Client
    ) async throws {
        let notice =
            failures == SecondFactorLimits.reportedFailures
            ? try notices.notice(of: .wrongCodes, to: user, from: client) : nil
        let event = audit.wrongSecondFactor(
            of: user.id, failures: failures, cause: cause,
            locks: SecondFactorLimits.lockSeconds(after: failures) != nil, at: time,
            from: client)
        try await store.secondFactorFailed(of: user.id, notifying: notice, recording: event)
        notices.send(notice)
    }
}
