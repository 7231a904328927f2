import Basics
import Crypto
import Domain
import Workers

/// Checks the proof that recovers an account: the password before a change, or a factor that is older than the change. A
/// factor that was added since may be a thief's.
struct RecoveryCheck: Sendable {
    static let malformed = AppError.invalid([
        FieldIssue("code", "Type the six digits that the app shows, or a recovery code.", .wrongValue)
    ])

    let store: any RecoveryStore
    let seal: FactorSeal
    let passkeys: PasskeyVerifier
    let hasher: PasswordHasher
    let audit: AuditTrail
    let now: @Sendable () -> Timestamp

    /// The proofs that help this account.
    /// - Parameter digest: the link's.
    func options(for recovery: Recovery, _ digest: LinkDigest) async throws -> RecoveryOptions {
        let factors = try await factors(of: recovery)
        return RecoveryOptions(
            takesPassword: recovery.passwordHash != nil, takesCode: factors.hasCodes,
            passkey: try passkeys.recoveryRequest(digest.text, allowing: factors.passkeys))
    }

    private func factors(of recovery: Recovery) async throws -> OlderFactors {
        try await store.olderFactors(of: recovery.user.id, than: recovery.changedAt)
    }

    /// - Returns: the use of the factor, which the store notes; nil for a password.
    /// - Throws: `AppError.badCredentials`.
    func check(
        _ proof: RecoveryProof, of recovery: Recovery, _ digest: LinkDigest, from client: Client
    ) async throws -> OlderFactorUse? {
        switch proof {
        case .password(let text):
            let hash = recovery.passwordHash
            guard try await hasher.verify(text, against: hash, for: FairShare(signedIn: client)) else {
                throw try await refusal(.wrongPassword, recovery, from: client)
            }
            return nil
        case .code(let text):
            guard let use = try await use(ofCode: text, of: recovery, digest) else {
                throw try await refusal(.wrongCode, recovery, from: client)
            }
            return use
        case .passkey(let response):
            do {
                return .passkey(
                    try await passkeys.verifyRecovery(
                        response, among: factors(of: recovery).passkeys, of: recovery.user, answering: digest.text,
                        from: client))
            } catch let error as PasskeyRefusal {
                throw try await refusal(.refusedPasskey, recovery, cause: error.rawValue, from: client)
            }
        }
    }

    private func use(
        ofCode text: String, of recovery: Recovery, _ digest: LinkDigest
    ) async throws -> OlderFactorUse? {
        let (user, time) = (recovery.user.id, now())
        switch TypedCode(text) {
        case nil: return nil
        case .recovery(let code)?:
            return try await seal.match(code, among: factors(of: recovery).recoveryCodes, of: user)
                .map(OlderFactorUse.recoveryCode)
        case .totp(let digits)?:
            // Counted before it is looked at. Six digits can be guessed, in a week.
            guard let tries = try await store.tryApp(tokenDigest: digest.text, of: user, at: time),
                tries <= SecondFactorLimits.failuresOfApp
            else { return nil }
            for app in try await factors(of: recovery).apps {
                guard let secret = try seal.open(app.sealedSecret, of: user) else { continue }
                let step = try OneTimePassword.step(
                    of: digits, secret: secret, around: OneTimePassword.step(at: time.seconds))
                if let step, step > app.lastStep { return .app(activatedAt: app.activatedAt, step: step) }
            }
            return nil
        }
    }

    /// Records a wrong proof.
    func refusal(
        _ failure: AuditTrail.Failure, _ recovery: Recovery, cause: String? = nil, from client: Client
    ) async throws -> AppError {
        try await audit.signInFailed(failure, email: nil, user: recovery.user.id, cause: cause, from: client)
        return AppError.badCredentials
    }
}
