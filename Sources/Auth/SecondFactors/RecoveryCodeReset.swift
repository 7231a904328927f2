import Basics
import Crypto
import Domain
import Workers

/// Setting a new password with two recovery codes, where no mail can carry a link. The authenticator app or a passkey is
/// asked for as ever; an account that has neither waits for a day, in which its owner can stop it. It signs no one in,
/// and leaves second factor and passkeys as they are.
package final class RecoveryCodeReset: Sendable {
    /// The input of the form. The codes of one kind do not replace those of the other.
    package struct Input: Sendable {
        package var email: String
        package var firstCode: String
        package var secondCode: String
        /// Empty for an account without an app.
        package var appCode: String
        /// In the place of the code of the app.
        package var passkey: PasskeyResponse?
        package var password: String

        package init(
            email: String, firstCode: String, secondCode: String, appCode: String, passkey: PasskeyResponse? = nil,
            password: String
        ) {
            (self.email, self.firstCode, self.secondCode) = (email, firstCode, secondCode)
            (self.appCode, self.passkey, self.password) = (appCode, passkey, password)
        }
    }

    package enum Outcome: Sendable, Equatable {
        case isSet
        /// The same codes set a password from then on.
        case waits(until: Timestamp)
    }

    private struct Checked {
        let email: EmailAddress
        let codes: [RecoveryCodeText]
        let digits: String?
        let passkey: PasskeyResponse?
        let password: NewPassword
    }

    /// The passkey that was shown.
    private enum ShownPasskey {
        case right(PasskeyUse, of: UserID)
        case refused(PasskeyRefusal)
    }

    private let store: any AccountStore & SecondFactorStore & RecoveryCodeStore
    private let seal: FactorSeal
    private let hasher: PasswordHasher
    private let passkeys: PasskeyVerifier
    private let sessions: SessionService
    private let throttles: Throttles
    private let passwordRule: PasswordRule
    private let audit: AuditTrail
    private let now: @Sendable () -> Timestamp

    package init(
        store: any AccountStore & SecondFactorStore & RecoveryCodeStore, secrets: Secrets, hasher: PasswordHasher,
        passkeys: PasskeyVerifier, sessions: SessionService, throttles: Throttles, passwordRule: PasswordRule,
        audit: AuditTrail, now: @escaping @Sendable () -> Timestamp
    ) {
        (self.store, seal, self.hasher, self.sessions) = (store, FactorSeal(secrets), hasher, sessions)
        (self.passkeys, self.throttles, self.passwordRule) = (passkeys, throttles, passwordRule)
        (self.audit, self.now) = (audit, now)
    }

    /// Asks for a passkey of whichever account; nil if browsers have none for our origin.
    package func passkeyRequest() throws -> PasskeyRequest? { try passkeys.signInRequest() }

    /// Sets the password, uses the codes up, and ends all sessions and API tokens; or lets it wait. Attempts count as wrong
    /// passwords do, and not against the second factor: without the password, no one may lock that.
    /// - Throws: `AppError.invalid` with an issue for each field; `AppError.badCredentials` for an unknown address and for
    ///   a wrong code alike, after the same work; `AppError.throttled`.
    @discardableResult
    package func reset(_ input: Input, from client: Client) async throws -> Outcome {
        let checked = try check(input)
        return try await RefusalDelay.refusing(.recoveryCodes, for: checked.email, from: client, in: audit) {
            try await throttles.signIn(checked.email, from: client) { device in
                let hash = try await hasher.hash(
                    checked.password, for: FairShare(client, isFavoured: device != nil))
                let shown = try await verify(checked.passkey, from: client)
                let account = try await store.recoverableAccount(checked.email)
                if let account,
                    let outcome = try await outcome(of: checked, shown, for: account, settingHash: hash, from: client)
                {
                    return outcome
                }
                var cause: String?
                if case .refused(let refusal)? = shown { cause = refusal.rawValue }
                try await audit.signInFailed(
                    .wrongCode, email: checked.email, user: account?.user.id, cause: cause, from: client)
                throw AppError.badCredentials
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
        if !input.appCode.trimmingWhitespace().isEmpty {
            if case .totp(let text) = TypedCode(input.appCode) { digits = text }
            if digits == nil {
                issues.add(FieldIssue("app_code", "Type the six digits that the app shows.", .wrongValue))
            }
        }
        try issues.finish()
        guard let email, let password, let first, let second else { throw AppError.invalid(issues.all) }
        return Checked(
            email: email, codes: [first, second], digits: digits, passkey: input.passkey, password: password)
    }

    /// Before the account is looked up, so that the work is the same for all.
    private func verify(_ response: PasskeyResponse?, from client: Client) async throws -> ShownPasskey? {
        guard let response else { return nil }
        do {
            let found = try await passkeys.verifySignIn(response, from: client)
            return .right(found.use, of: found.user.id)
        } catch let refusal as PasskeyRefusal {
            return .refused(refusal)
        }
    }

    /// Nil if anything is wrong.
    private func outcome(
        of checked: Checked, _ shown: ShownPasskey?, for account: RecoverableAccount, settingHash hash: String,
        from client: Client
    ) async throws -> Outcome? {
        let user = account.user.id
        let codes = try checked.codes.compactMap { try seal.match($0, among: account.codes, of: user) }
        let isComplete = codes.count == checked.codes.count
        switch shown {
        case .right(let use, of: user)?:
            guard isComplete else { return nil }
            return try await set(hash, of: user, codes.map(SecondFactorUse.recoveryCode) + [.passkey(use)], client)
        case .some: return nil
        case nil: break
        }
        if let factor = account.secondFactor {
            guard isComplete, let digits = checked.digits,
                let step = try seal.step(of: digits, by: factor, at: now())
            else { return nil }
            return try await set(hash, of: user, codes.map(SecondFactorUse.recoveryCode) + [.step(step)], client)
        }
        // A passkey is asked for, and was not shown.
        if account.hasPasskey { return nil }
        if isComplete { return try await wait(WaitingReset(userID: user, codes: codes, requestedAt: now()), client) }
        let used = try checked.codes.compactMap { try seal.match($0, among: account.usedCodes, of: user) }
        guard used.count == checked.codes.count, let reset = account.waitingReset else { return nil }
        return try await complete(reset, toSet: hash, client)
    }

    private func set(
        _ hash: String, of user: UserID, _ uses: [SecondFactorUse], _ client: Client
    ) async throws -> Outcome? {
        let event = Self.event(.passwordChanged, of: user, at: now(), client, [.init("reason", Self.reason)])
        guard try await store.resetPassword(of: user, to: hash, using: uses, recording: event) != nil else {
            return nil
        }
        sessions.forget(user)
        return .isSet
    }

    // MARK: Waiting

    private func wait(_ reset: WaitingReset, _ client: Client) async throws -> Outcome? {
        let event = Self.event(
            .resetRequested, of: reset.userID, at: reset.requestedAt, client, [.init("until", reset.readyAt.rfc3339)])
        guard try await store.insert(reset, recording: event) else { return nil }
        sessions.forget(reset.userID)
        return .waits(until: reset.readyAt)
    }

    private func complete(_ reset: WaitingReset, toSet hash: String, _ client: Client) async throws -> Outcome? {
        let time = now()
        guard time >= reset.readyAt else { return .waits(until: reset.readyAt) }
        let event = Self.event(
            .passwordChanged, of: reset.userID, at: time, client,
            [.init("reason", Self.reason), .init("requested_at", reset.requestedAt.rfc3339)])
        guard try await store.complete(reset, toSet: hash, recording: event) != nil else { return nil }
        sessions.forget(reset.userID)
        return .isSet
    }

    private static let reason = "recovery codes"

    private static func event(
        _ kind: AuditEvent.Kind, of user: UserID, at time: Timestamp, _ client: Client, _ details: [AuditEvent.Detail]
    ) -> AuditEvent {
        AuditEvent(kind, at: time, by: client.source, user: user, details)
    }
}
