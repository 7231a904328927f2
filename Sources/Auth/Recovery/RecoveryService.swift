import Basics
import Crypto
import Domain
import Workers

/// Recovering an account after a change that its owner did not make, with the link in the notice of it.
package final class RecoveryService: Sendable {
    private let store: any RecoveryStore
    private let check: RecoveryCheck
    private let hasher: PasswordHasher
    private let sessions: SessionService
    private let throttles: Throttles
    private let passwordRule: PasswordRule
    private let links: LinkMailer
    private let notices: SecurityNotices
    private let audit: AuditTrail
    private let now: @Sendable () -> Timestamp

    package init(
        store: any RecoveryStore, secrets: Secrets, passkeys: PasskeyVerifier, hasher: PasswordHasher,
        sessions: SessionService, throttles: Throttles, passwordRule: PasswordRule, links: LinkMailer,
        notices: SecurityNotices, audit: AuditTrail, now: @escaping @Sendable () -> Timestamp
    ) {
        (self.store, self.hasher, self.sessions, self.throttles) = (store, hasher, sessions, throttles)
        (self.passwordRule, self.links, self.notices) = (passwordRule, links, notices)
        (self.audit, self.now) = (audit, now)
        check = RecoveryCheck(
            store: store, seal: FactorSeal(secrets), passkeys: passkeys, hasher: hasher, audit: audit, now: now)
    }

    /// The secrets of the link in this notice; nil if it has none, or it is used or expired.
    package func secret(in mail: OutgoingMail) async throws -> MailSecret? {
        try await links.secret(in: mail, for: .recovery) { try await recovery($0) != nil }
    }

    /// The account that the link with this token recovers; nil for an invalid link. Looking up changes nothing.
    package func recovery(for token: String) async throws -> Recovery? {
        try await LinkDigest(token: token).asyncFlatMap { try await recovery($0) }
    }

    private func recovery(_ digest: LinkDigest) async throws -> Recovery? {
        try await store.recovery(tokenDigest: digest.text, at: now())
    }

    /// The proofs of which recovering this account takes one; nil if the link with this token is enough.
    package func options(for recovery: Recovery, _ token: String) async throws -> RecoveryOptions? {
        guard recovery.needsProof, let digest = try LinkDigest(token: token) else { return nil }
        return try await check.options(for: recovery, digest)
    }

    /// Restores the account's address, sets a new password, cancels a requested deletion, and ends all sessions and
    /// API tokens.
    /// - Parameter proof: only needed if the address has changed.
    /// - Throws: `AppError.notFound` for an invalid link, `AppError.invalid` for a new password that breaks a rule and for
    ///   a text that cannot be a code, `AppError.badCredentials` for a wrong proof, `AppError.throttled`,
    ///   `AppError.emailTaken`.
    package func recover(
        token: String, proving proof: RecoveryProof, new: String, from client: Client
    ) async throws {
        guard let digest = try LinkDigest(token: token), let recovery = try await recovery(digest) else {
            await audit.linkRefused(.recovery, from: client)
            throw LinkRefusal.link
        }
        let password = try NewPassword(new, by: passwordRule, email: recovery.email)
        guard recovery.needsProof else {
            return try await set(password, recovery, digest, using: nil, .init("proof", "link"), from: client)
        }
        if case .code(let text) = proof, TypedCode(text) == nil { throw RecoveryCheck.malformed }
        try await RefusalDelay.refusing(.password, for: nil, from: client, in: audit) {
            try await throttles.confirmPassword(
                with: digest.text, to: recovery.email, of: recovery.user.id, from: client
            ) {
                let use = try await check.check(proof, of: recovery, digest, from: client)
                do {
                    try await set(
                        password, recovery, digest, using: use, .init("proof", use?.method.rawValue ?? "password"),
                        from: client)
                } catch AppError.badCredentials {
                    // Of concurrent requests with one code, one succeeds.
                    throw try await check.refusal(.wrongCode, recovery, from: client)
                }
            }
        }
    }

    private func set(
        _ password: NewPassword, _ recovery: Recovery, _ digest: LinkDigest, using use: OlderFactorUse?,
        _ detail: AuditEvent.Detail, from client: Client
    ) async throws {
        let user = recovery.user
        let hash = try await hasher.hash(password, for: FairShare(signedIn: client))
        let notice = try notices.notice(of: .recovery, to: user, from: client)
        let event = AuditEvent(.accountRecovered, at: now(), by: client.source, user: user.id, [detail])
        guard
            try await store.recover(
                tokenDigest: digest.text, of: user.id, toSet: hash, isProven: recovery.needsProof, using: use,
                notifying: notice, recording: event) != nil
        else { throw LinkRefusal.link }
        sessions.forget(user.id)
        notices.send(notice)
    }
}
