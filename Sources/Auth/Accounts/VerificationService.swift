import Basics
import Domain

/// Verifying that an account's address belongs to its user, with a link in a mail.
package struct VerificationService: Sendable {
    private let store: any AccountLinkStore
    private let throttles: Throttles
    private let sessions: SessionService
    private let tokens: MailTokens
    private let ids: UUIDv7Generator
    private let audit: AuditTrail
    private let signal: MailSignal
    private let now: @Sendable () -> Timestamp

    private static let lifetimeSeconds: Int64 = 86_400

    package init(
        store: any AccountLinkStore, throttles: Throttles, sessions: SessionService, tokens: MailTokens,
        ids: UUIDv7Generator, audit: AuditTrail, signal: MailSignal, now: @escaping @Sendable () -> Timestamp
    ) {
        (self.store, self.throttles, self.sessions, self.tokens) = (store, throttles, sessions, tokens)
        (self.ids, self.audit, self.signal, self.now) = (ids, audit, signal, now)
    }

    /// Mails a link to the account with this address, if there is one that is not verified. Neither the result nor the
    /// work tells.
    /// - Parameter page: the page of an application that follows; a trusted address.
    /// - Throws: `AppError.throttled`.
    package func request(_ email: EmailAddress, continuingTo page: String? = nil, from client: Client) async throws {
        try await RefusalDelay.refusing("mail", for: email, from: client, in: audit) {
            try await throttles.requestMail(from: client)
        }
        try await send(email, continuingTo: page, from: client)
    }

    /// Mails the link to a new account, whose creation was counted already.
    package func send(_ email: EmailAddress, continuingTo page: String? = nil, from client: Client) async throws {
        let time = now()
        let id = MailID(rawValue: ids.next(at: time))
        let token = try tokens.token(of: id, for: .emailVerification)
        let link = AccountLink(
            purpose: .emailVerification, tokenDigest: try ResetToken.digest(token), createdAt: time,
            expiresAt: time.adding(seconds: Self.lifetimeSeconds))
        var details = ["ip_address": client.ipAddress]
        details["continue_to"] = page
        let mail = OutgoingMail(
            id: id, kind: .emailVerification, address: email, details: details, createdAt: time,
            expiresAt: link.expiresAt)
        try await store.insert(
            link, in: mail,
            recording: try audit.linkRequested("verification mail", email: email, at: time, from: client))
        signal.send()
    }

    /// The token of the link in this mail; nil if it is not needed any more.
    package func token(in mail: OutgoingMail) async throws -> String? {
        for token in try tokens.tokens(of: mail.id, for: .emailVerification) {
            if let user = try await user(for: token), !user.isEmailVerified { return token }
        }
        return nil
    }

    /// The user whose address the link with this token verifies, or has verified; nil for an invalid link. Looking up
    /// changes nothing.
    package func user(for token: String) async throws -> User? {
        guard ResetToken.isPossible(token) else { return nil }
        return try await store.user(of: .emailVerification, tokenDigest: try ResetToken.digest(token), at: now())
    }

    /// Verifies the address. A second time changes nothing and succeeds, as people open a link again.
    /// - Throws: `AppError.notFound` for an invalid link.
    package func verify(token: String, from client: Client) async throws {
        guard let user = try await user(for: token) else {
            await audit.resetLinkRefused(from: client)
            throw ResetToken.refusal
        }
        let event = AuditEvent(.emailVerified, at: now(), by: client.source, user: user.id)
        if try await store.verify(user.email, of: user.id, at: now(), recording: event) { sessions.forget(user.id) }
    }
}
