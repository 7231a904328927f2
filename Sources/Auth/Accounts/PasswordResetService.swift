import Basics
import Domain
import Workers

/// Setting a new password with a link, from the operator or by e-mail.
package final class PasswordResetService: Sendable {
    private let store: any AccountStore
    private let hasher: PasswordHasher
    private let sessions: SessionService
    private let passwordRule: PasswordRule
    private let links: LinkMailer
    private let notices: SecurityNotices
    private let audit: AuditTrail
    private let now: @Sendable () -> Timestamp

    package init(
        store: any AccountStore, hasher: PasswordHasher, sessions: SessionService, passwordRule: PasswordRule,
        links: LinkMailer, notices: SecurityNotices, audit: AuditTrail, now: @escaping @Sendable () -> Timestamp
    ) {
        (self.store, self.hasher, self.sessions) = (store, hasher, sessions)
        (self.passwordRule, self.links, self.notices) = (passwordRule, links, notices)
        (self.audit, self.now) = (audit, now)
    }

    /// Mails a link to the account with this address, if there is one. Neither the result nor the work tells.
    /// - Parameter page: the page of an application that sets the password, instead of ours; a trusted address.
    /// - Throws: `AppError.invalid` for something that is not an address; `AppError.throttled`.
    package func request(email text: String, redirectingTo page: String? = nil, from client: Client) async throws {
        guard let email = EmailAddress(text) else { throw AppError.invalid([.notAnEmailAddress]) }
        try await links.admit(email, from: client)
        try await links.send(.passwordReset, to: email, continuingTo: page, from: client)
    }

    /// The secrets of the link in this e-mail; nil if the link is used or expired.
    package func secret(in mail: OutgoingMail) async throws -> MailSecret? {
        try await links.secret(in: mail, for: .passwordReset)
    }

    /// The user whose password the link with this token resets; nil if the link is used, expired or unknown. Looking up
    /// changes nothing.
    package func user(forResetToken token: String) async throws -> User? {
        try await links.user(of: .passwordReset, digest: LinkDigest(token: token))
    }

    /// To be called when an invalid link is opened.
    package func linkRefused(from client: Client) async { await audit.linkRefused(.reset, from: client) }

    /// Sets a new password, ends every session and API token, and consumes the link.
    /// - Throws: `AppError.invalid` for a password that breaks a rule; the link stays valid. `AppError.notFound` for an
    ///   invalid link.
    package func reset(token: String, to new: String, from client: Client) async throws {
        let digest = try LinkDigest(token: token)
        guard let digest, let user = try await links.user(of: .passwordReset, digest: digest) else {
            throw LinkRefusal.link
        }
        try await set(try NewPassword(new, by: passwordRule, email: user.email), of: user, with: digest, from: client)
    }

    /// Like `reset(token:to:from:)`, with the code from the e-mail to this address. Neither the answer nor the work
    /// before it tells whether the address has an account.
    /// - Throws: `AppError.invalid`, before the code is looked at; `AppError.notFound` for a wrong code;
    ///   `AppError.throttled`.
    package func reset(code: String, of text: String, to new: String, from client: Client) async throws {
        var issues = FieldIssues()
        let email = EmailAddress(text)
        if email == nil { issues.add(.notAnEmailAddress) }
        let password = try issues.check { try NewPassword(new, by: passwordRule, email: email) }
        try issues.finish()
        guard let email, let password,
            let digest = try await links.link(
                withCode: code, for: .passwordReset, of: .address(email), from: client),
            let user = try await links.user(of: .passwordReset, digest: digest)
        else {
            await linkRefused(from: client)
            throw LinkRefusal.code
        }
        try await set(password, of: user, with: digest, from: client)
    }

    private func set(
        _ password: NewPassword, of user: User, with digest: LinkDigest, from client: Client
    ) async throws {
        let hash = try await hasher.hash(password, for: FairShare(signedIn: client))
        let notice = try notices.notice(of: .passwordChange, to: user, from: client)
        let event = AuditEvent(
            .passwordChanged, at: now(), by: client.source, user: user.id, [.init("reason", "reset link")])
        let ended = try await store.useResetLink(
            tokenDigest: digest.text, toSet: hash, of: user.id, at: now(), notifying: notice, recording: event)
        guard ended != nil else { throw LinkRefusal.link }
        sessions.forget(user.id)
        notices.send(notice)
    }
}
