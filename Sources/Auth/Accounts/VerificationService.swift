import Basics
import Domain

/// Verifying that an account's address belongs to its user, with a link in an e-mail.
package final class VerificationService: Sendable {
    private let store: any AccountLinkStore
    private let sessions: SessionService
    private let links: LinkMailer
    private let audit: AuditTrail
    private let now: @Sendable () -> Timestamp

    package init(
        store: any AccountLinkStore, sessions: SessionService, links: LinkMailer, audit: AuditTrail,
        now: @escaping @Sendable () -> Timestamp
    ) {
        (self.store, self.sessions, self.links) = (store, sessions, links)
        (self.audit, self.now) = (audit, now)
    }

    /// Mails a link to the account with this address, if there is one that is not verified. Neither the result nor the
    /// work tells.
    /// - Parameter page: the page of an application that follows; a trusted address.
    /// - Throws: `AppError.throttled`.
    package func request(_ email: EmailAddress, continuingTo page: String? = nil, from client: Client) async throws {
        try await links.admit(email, from: client)
        try await send(email, continuingTo: page, from: client)
    }

    /// Mails what a sign-up with the address has mailed.
    /// - Parameter isOwn: false if the account with the address was there before.
    /// - Throws: `AppError.throttled`.
    func requestAgain(_ email: EmailAddress, isOwn: Bool, from client: Client) async throws {
        try await links.admit(email, from: client)
        try await links.send(.emailVerification, to: email, tellingOwner: !isOwn, continuingTo: nil, from: client)
    }

    /// Mails the link to an account whose password was just given.
    package func send(_ email: EmailAddress, continuingTo page: String? = nil, from client: Client) async throws {
        try await links.send(.emailVerification, to: email, continuingTo: page, from: client)
    }

    /// The link for a new account, to be stored with it.
    func link(for user: User, continuingTo page: String?, from client: Client) throws -> MailedLink {
        try links.make(
            .emailVerification, to: user.email, user: user.id, continuingTo: page, from: client)
    }

    /// To be called when that link was stored.
    func sent() { links.sent() }

    /// The secrets of the link in this e-mail; nil if it is not needed any more.
    package func secret(in mail: OutgoingMail) async throws -> MailSecret? {
        try await links.secret(in: mail, for: .emailVerification) { !$0.isEmailVerified }
    }

    /// The user whose address the link with this token verifies, or has verified; nil for an invalid link. Looking up
    /// changes nothing.
    package func user(for token: String) async throws -> User? {
        try await links.user(of: .emailVerification, digest: LinkDigest(token: token))
    }

    /// Verifies the address. A second time changes nothing and succeeds, as people open a link again.
    /// - Parameter caller: the user who is signed in where the link was opened.
    /// - Throws: `AppError.notFound` for an invalid link.
    package func verify(token: String, by caller: UserID?, from client: Client) async throws {
        try await verify(LinkDigest(token: token), by: caller, orThrow: LinkRefusal.link, from: client)
    }

    /// Verifies the address with the code that was mailed to it.
    /// - Parameters:
    ///   - caller: the user who is signed in where the code was typed, or has shown the first factor.
    ///   - isAdmitted: false if no code is right.
    /// - Returns: the user as verified.
    /// - Throws: `AppError.notFound` for a wrong code; `AppError.throttled`.
    @discardableResult
    package func verify(
        code: String, of email: EmailAddress, by caller: UserID?, where isAdmitted: Bool = true, from client: Client
    ) async throws -> User {
        let digest = try await links.link(
            withCode: code, for: .emailVerification, of: .address(email), from: client)
        return try await verify(isAdmitted ? digest : nil, by: caller, orThrow: LinkRefusal.code, from: client)
    }

    @discardableResult
    private func verify(
        _ digest: LinkDigest?, by caller: UserID?, orThrow refusal: AppError, from client: Client
    ) async throws -> User {
        guard var user = try await links.user(of: .emailVerification, digest: digest) else {
            await audit.linkRefused(.verification, from: client)
            throw refusal
        }
        let time = now()
        let event = AuditEvent(.emailVerified, at: time, by: client.source, user: user.id)
        if try await store.verify(
            user.email, of: user.id, elsewhere: caller != user.id, at: time, recording: event)
        {
            sessions.forget(user.id)
            (user.isEmailVerified, user.updatedAt) = (true, time)
        }
        return user
    }
}
