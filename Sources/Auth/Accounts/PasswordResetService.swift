import Basics
import Domain
import Workers

/// Setting a new password with a link, from the operator or by mail.
package struct PasswordResetService: Sendable {
    private let store: any AccountStore & AccountLinkStore
    private let hasher: PasswordHasher
    private let sessions: SessionService
    private let throttles: Throttles
    private let passwordRule: PasswordRule
    private let tokens: MailTokens
    private let ids: UUIDv7Generator
    private let audit: AuditTrail
    private let signal: MailSignal
    private let now: @Sendable () -> Timestamp

    /// The lifetime of a link in a mail.
    private static let lifetimeSeconds: Int64 = 3600

    package init(
        store: any AccountStore & AccountLinkStore, hasher: PasswordHasher, sessions: SessionService,
        throttles: Throttles, passwordRule: PasswordRule, tokens: MailTokens, ids: UUIDv7Generator, audit: AuditTrail,
        signal: MailSignal, now: @escaping @Sendable () -> Timestamp
    ) {
        (self.store, self.hasher, self.sessions, self.throttles) = (store, hasher, sessions, throttles)
        (self.passwordRule, self.tokens, self.ids, self.audit) = (passwordRule, tokens, ids, audit)
        (self.signal, self.now) = (signal, now)
    }

    /// Mails a link to the account with this address, if there is one. Neither the result nor the work tells.
    /// - Parameter page: the page of an application that sets the password, instead of ours; a trusted address.
    /// - Throws: `AppError.invalid` for something that is not an address; `AppError.throttled`.
    package func request(email text: String, redirectingTo page: String? = nil, from client: Client) async throws {
        guard let email = EmailAddress(text) else {
            throw AppError.invalid([
                FieldIssue("email", "Enter an e-mail address, such as name@example.com.", .wrongValue)
            ])
        }
        try await RefusalDelay.refusing("mail", for: email, from: client, in: audit) {
            try await throttles.requestMail(from: client)
        }
        let time = now()
        let id = MailID(rawValue: ids.next(at: time))
        let link = AccountLink(
            purpose: .passwordReset, tokenDigest: try ResetToken.digest(try tokens.token(of: id, for: .passwordReset)),
            createdAt: time, expiresAt: time.adding(seconds: Self.lifetimeSeconds))
        var details = ["ip_address": client.ipAddress]
        details["redirect_to"] = page
        let mail = OutgoingMail(
            id: id, kind: .passwordReset, address: email, details: details, createdAt: time,
            expiresAt: link.expiresAt)
        try await store.insert(
            link, in: mail, recording: try audit.linkRequested("reset mail", email: email, at: time, from: client))
        signal.send()
    }

    /// The token of the link in this mail; nil if the link is used or expired.
    package func token(in mail: OutgoingMail) async throws -> String? {
        for token in try tokens.tokens(of: mail.id, for: .passwordReset) {
            if try await user(forResetToken: token) != nil { return token }
        }
        return nil
    }

    /// The user whose password the link with this token resets; nil if the link is used, expired or unknown. Looking up
    /// changes nothing.
    package func user(forResetToken token: String) async throws -> User? {
        guard ResetToken.isPossible(token) else { return nil }
        return try await store.user(of: .passwordReset, tokenDigest: try ResetToken.digest(token), at: now())
    }

    /// To be called when an invalid link is opened.
    package func linkRefused(from client: Client) async { await audit.resetLinkRefused(from: client) }

    /// Sets a new password, ends every session, and consumes the link.
    /// - Throws: `AppError.invalid` for a password that breaks a rule; the link stays valid. `AppError.notFound` for an
    ///   invalid link.
    package func reset(token: String, to new: String, from client: Client) async throws {
        guard let user = try await user(forResetToken: token) else { throw ResetToken.refusal }
        let hash = try await hasher.hash(
            try NewPassword(new, by: passwordRule, email: user.email), for: FairShare(client, isFavoured: true))
        let event = AuditEvent(
            .passwordChanged, at: now(), by: client.source, user: user.id, [.init("reason", "reset link")])
        let ended = try await store.useResetLink(
            tokenDigest: try ResetToken.digest(token), toSet: hash, of: user.id, at: now(), recording: event)
        guard ended != nil else { throw ResetToken.refusal }
        sessions.forget(user.id)
    }
}
