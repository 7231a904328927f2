import Basics
import Crypto
import Domain
import Workers

/// Setting a new password with two recovery codes and the authenticator app, where no mail can carry a link. It signs no
/// one in, and the second factor stays on.
package struct RecoveryCodeReset: Sendable {
    /// The input of the form. The codes of one kind do not replace those of the other.
    package struct Input: Sendable {
        package var email: String
        package var firstCode: String
        package var secondCode: String
        package var appCode: String
        package var password: String

        package init(email: String, firstCode: String, secondCode: String, appCode: String, password: String) {
            (self.email, self.firstCode, self.secondCode) = (email, firstCode, secondCode)
            (self.appCode, self.password) = (appCode, password)
        }
    }

    private struct Checked {
        let email: EmailAddress
        let codes: [RecoveryCodeText]
        let digits: String
        let password: NewPassword
    }

    private let store: any AccountStore & SecondFactorStore
    private let seal: FactorSeal
    private let hasher: PasswordHasher
    private let sessions: SessionService
    private let throttles: Throttles
    private let passwordRule: PasswordRule
    private let audit: AuditTrail
    private let now: @Sendable () -> Timestamp

    package init(
        store: any AccountStore & SecondFactorStore, secrets: Secrets, hasher: PasswordHasher, sessions: SessionService,
        throttles: Throttles, passwordRule: PasswordRule, audit: AuditTrail, now: @escaping @Sendable () -> Timestamp
    ) {
        (self.store, seal, self.hasher, self.sessions) = (store, FactorSeal(secrets), hasher, sessions)
        (self.throttles, self.passwordRule, self.audit, self.now) = (throttles, passwordRule, audit, now)
    }

    /// Sets the password, uses the codes up, and ends all sessions and API tokens. Attempts count as wrong passwords do,
    /// and not against the second factor: without the password, no one may lock that.
    /// - Throws: `AppError.invalid` with an issue for each field; `AppError.badCredentials` for an unknown address and for
    ///   a wrong code alike, after the same work; `AppError.throttled`.
    package func reset(_ input: Input, from client: Client) async throws {
        let checked = try check(input)
        try await RefusalDelay.refusing(.recoveryCodes, for: checked.email, from: client, in: audit) {
            try await throttles.signIn(checked.email, from: client) { device in
                let hash = try await hasher.hash(
                    checked.password, for: FairShare(client, isFavoured: device != nil))
                let user = try await store.user(checked.email)
                guard let user, let uses = try await uses(checked, of: user),
                    try await set(hash, of: user, uses, client)
                else {
                    try await audit.signInFailed(.wrongCode, email: checked.email, user: user?.id, from: client)
                    throw AppError.badCredentials
                }
            }
        }
    }

    private func check(_ input: Input) throws -> Checked {
        var issues = FieldIssues()
        let email = EmailAddress(input.email)
        if email == nil { issues.add(.notAnEmailAddress) }
        let password = try issues.check { try NewPassword(input.password, by: passwordRule, email: email) }
        func code(_ text: String, _ field: String) -> RecoveryCodeText? {
            if case .recovery(let code) = TypedCode(text) { return code }
            issues.add(FieldIssue(field, "Type a recovery code, such as k7m2p-9x4qd.", .wrongValue))
            return nil
        }
        let (first, second) = (code(input.firstCode, "first_code"), code(input.secondCode, "second_code"))
        if let first, first == second {
            issues.add(FieldIssue("second_code", "Type another code than the first.", .wrongValue))
        }
        var digits: String?
        if case .totp(let text) = TypedCode(input.appCode) { digits = text }
        if digits == nil { issues.add(FieldIssue("app_code", "Type the six digits that the app shows.", .wrongValue)) }
        try issues.finish()
        guard let email, let password, let first, let second, let digits else { throw AppError.invalid(issues.all) }
        return Checked(email: email, codes: [first, second], digits: digits, password: password)
    }

    /// The uses of all codes; nil if one of them is wrong.
    private func uses(_ checked: Checked, of user: User) async throws -> [SecondFactorUse]? {
        guard let factor = try await store.secondFactor(of: user.id),
            let secret = try seal.open(factor.sealedSecret, of: user.id)
        else { return nil }
        let codes = try checked.codes.compactMap { try seal.match($0, among: factor.recoveryCodes, of: user.id) }
        let step = try OneTimePassword.step(
            of: checked.digits, secret: secret, around: OneTimePassword.step(at: now().seconds))
        guard codes.count == checked.codes.count, let step, step > factor.lastStep else { return nil }
        return codes.map(SecondFactorUse.recoveryCode) + [.step(step)]
    }

    private func set(
        _ hash: String, of user: User, _ uses: [SecondFactorUse], _ client: Client
    ) async throws -> Bool {
        let event = AuditEvent(
            .passwordChanged, at: now(), by: client.source, user: user.id, [.init("reason", "recovery codes")])
        guard try await store.resetPassword(of: user.id, to: hash, using: uses, recording: event) != nil else {
            return false
        }
        sessions.forget(user.id)
        return true
    }
}
