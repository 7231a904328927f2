import Basics
import Domain

/// Changing an account's address: with a link to the new one, or at once on a server that sends no mail.
package final class EmailChangeService: Sendable {
    package enum Outcome: Sendable {
        /// Nothing changes until the link in the e-mail is used.
        case mailed
        case changed
    }

    private let store: any EmailChangeStore
    private let sessions: SessionService
    private let proof: RecentProof
    private let policy: SignUpPolicy
    private let links: LinkMailer
    private let notices: SecurityNotices
    private let audit: AuditTrail
    private let now: @Sendable () -> Timestamp
    /// False if this server sends no mail.
    package let hasMail: Bool

    package init(
        store: any EmailChangeStore, sessions: SessionService, proof: RecentProof, policy: SignUpPolicy,
        links: LinkMailer, notices: SecurityNotices, audit: AuditTrail, hasMail: Bool,
        now: @escaping @Sendable () -> Timestamp
    ) {
        (self.store, self.sessions, self.proof, self.policy) = (store, sessions, proof, policy)
        (self.links, self.notices, self.audit) = (links, notices, audit)
        (self.hasMail, self.now) = (hasMail, now)
    }

    /// Asks for another address.
    /// - Parameters:
    ///   - credential: the proof that comes with the request, if any.
    ///   - page: the page of an application that follows the change; a trusted address.
    /// - Throws: `AppError.invalid` for the field `email`; the errors of `RecentProof.require`; `AppError.throttled`.
    ///   Only without mail: `AppError.emailTaken`.
    package func request(
        _ text: String, for user: User, in session: Session, proving credential: ProofCredential?,
        continuingTo page: String? = nil, from client: Client
    ) async throws -> Outcome {
        let email = try check(text, for: user)
        try await proof.require(credential, in: session, from: client)
        try await links.admit(email, from: client)
        guard hasMail else {
            try await change(user, to: email, from: client)
            return .changed
        }
        try await links.send(emailChange: user, to: email, continuingTo: page, from: client)
        return .mailed
    }

    private func check(_ text: String, for user: User) throws -> EmailAddress {
        guard let email = EmailAddress(text) else { throw AppError.invalid([.notAnEmailAddress]) }
        guard email != user.email else {
            throw AppError.invalid([FieldIssue("email", "This is your address already.", .wrongValue)])
        }
        guard policy.admits(email) else {
            throw AppError.invalid([
                FieldIssue("email", "Addresses at this domain are not admitted here.", .wrongValue)
            ])
        }
        return email
    }

    private func change(_ user: User, to email: EmailAddress, from client: Client) async throws {
        let event = AuditEvent(.emailChanged, at: now(), by: client.source, user: user.id)
        guard try await store.setEmail(of: user.id, to: email, notifying: nil, recording: event) else {
            throw AppError.invalidToken
        }
        sessions.forget(user.id)
    }

    /// The secrets of the link in this e-mail; nil if the link is used or expired.
    package func secret(in mail: OutgoingMail) async throws -> MailSecret? {
        try await links.secret(in: mail, for: .emailChange) { try await emailChange($0) != nil }
    }

    /// The change that the link with this token makes; nil for an invalid link. Looking up changes nothing.
    package func emailChange(for token: String) async throws -> EmailChange? {
        try await LinkDigest(token: token).asyncFlatMap { try await emailChange($0) }
    }

    private func emailChange(_ digest: LinkDigest) async throws -> EmailChange? {
        try await store.emailChange(tokenDigest: digest.text, at: now())
    }

    /// Makes the change. The former address gets a notice with a link that undoes it.
    /// - Parameter caller: the user who is signed in where the link was opened.
    /// - Throws: `AppError.notFound` for an invalid link; `AppError.emailTaken`.
    package func confirm(token: String, by caller: UserID?, from client: Client) async throws {
        try await confirm(LinkDigest(token: token), by: caller, orThrow: LinkRefusal.link, from: client)
    }

    /// Like `confirm(token:by:from:)`, with the code from the e-mail.
    /// - Parameters:
    ///   - user: the user who is signed in.
    ///   - email: the address that the caller expects; nil for whichever the code was mailed to.
    /// - Throws: `AppError.notFound` for a wrong code; `AppError.throttled`; `AppError.emailTaken`.
    package func confirm(
        code: String, of user: UserID, to email: EmailAddress? = nil, from client: Client
    ) async throws {
        let digest = try await links.link(withCode: code, for: .emailChange, of: .user(user), from: client)
        try await confirm(digest, to: email, by: user, orThrow: LinkRefusal.code, from: client)
    }

    private func confirm(
        _ digest: LinkDigest?, to email: EmailAddress? = nil, by caller: UserID?, orThrow refusal: AppError,
        from client: Client
    ) async throws {
        guard let digest, let change = try await emailChange(digest), email == nil || email == change.newEmail else {
            await audit.linkRefused(.emailChange, from: client)
            throw refusal
        }
        let notice = try notices.notice(of: .emailChange, to: change.user, from: client)
        let event = AuditEvent(.emailChanged, at: now(), by: client.source, user: change.user.id)
        guard
            try await store.use(
                change, tokenDigest: digest.text, elsewhere: caller != change.user.id, notifying: notice,
                recording: event)
        else { throw refusal }
        sessions.forget(change.user.id)
        notices.send(notice)
    }
}
