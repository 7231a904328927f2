import Basics
import Domain
import Workers

/// Recovering an account after a change that its owner did not make, with the link in the notice of it.
package struct RecoveryService: Sendable {
    private let store: any RecoveryStore
    private let hasher: PasswordHasher
    private let sessions: SessionService
    private let throttles: Throttles
    private let passwordRule: PasswordRule
    private let links: LinkMailer
    private let notices: SecurityNotices
    private let audit: AuditTrail
    private let now: @Sendable () -> Timestamp

    package init(
        store: any RecoveryStore, hasher: PasswordHasher, sessions: SessionService, throttles: Throttles,
        passwordRule: PasswordRule, links: LinkMailer, notices: SecurityNotices, audit: AuditTrail,
        now: @escaping @Sendable () -> Timestamp
    ) {
        (self.store, self.hasher, self.sessions, self.throttles) = (store, hasher, sessions, throttles)
        (self.passwordRule, self.links, self.notices) = (passwordRule, links, notices)
        (self.audit, self.now) = (audit, now)
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

    /// Restores the account's address, sets a new password, cancels a requested deletion, and ends all sessions and
    /// API tokens.
    /// - Parameter former: the password before the change; only needed if the address has changed.
    /// - Throws: `AppError.notFound` for an invalid link, `AppError.invalid` for a new password that breaks a rule,
    ///   `AppError.badCredentials` for a wrong former one, `AppError.throttled`, `AppError.emailTaken`.
    package func recover(token: String, former: String, new: String, from client: Client) async throws {
        guard let digest = try LinkDigest(token: token), let recovery = try await recovery(digest) else {
            await audit.linkRefused(.recovery, from: client)
            throw LinkToken.refusal
        }
        let (user, share) = (recovery.user, FairShare(signedIn: client))
        let password = try NewPassword(new, by: passwordRule, email: recovery.email)
        if recovery.needsPassword {
            try await RefusalDelay.refusing(.password, for: nil, from: client, in: audit) {
                try await throttles.confirmPassword(
                    with: digest.text, to: recovery.email, of: user.id, from: client
                ) {
                    guard try await hasher.verify(former, against: recovery.passwordHash, for: share) else {
                        try await audit.signInFailed(.wrongPassword, email: nil, user: user.id, from: client)
                        throw AppError.badCredentials
                    }
                }
            }
        }
        let hash = try await hasher.hash(password, for: share)
        let notice = try notices.notice(of: .recovery, to: user, from: client)
        let event = AuditEvent(.accountRecovered, at: now(), by: client.source, user: user.id)
        guard
            try await store.recover(
                tokenDigest: digest.text, of: user.id, toSet: hash, notifying: notice, recording: event) != nil
        else { throw LinkToken.refusal }
        sessions.forget(user.id)
        notices.send(notice)
    }
}
