import Basics
import Domain

/// The proof of users who have no password that they are the accounts' owners: a code that is mailed to their verified
/// address, and typed in the session that has asked for it. Where there is a second factor, it takes that as well: a
/// sign-in, which is the other proof of such users, takes it too.
package final class MailedProof: Sendable {
    private let store: any MailedProofStore
    private let links: LinkMailer
    private let check: SecondFactorCheck
    private let sessions: SessionService
    private let notices: SecurityNotices
    private let audit: AuditTrail
    private let now: @Sendable () -> Timestamp
    /// False if this server sends no mail.
    package let hasMail: Bool

    package init(
        store: any MailedProofStore, links: LinkMailer, secondFactors: SecondFactorService, sessions: SessionService,
        notices: SecurityNotices, audit: AuditTrail, hasMail: Bool, now: @escaping @Sendable () -> Timestamp
    ) {
        (self.store, self.links, check, self.sessions) = (store, links, secondFactors.check, sessions)
        (self.notices, self.audit, self.hasMail, self.now) = (notices, audit, hasMail, now)
    }

    package static let noMail = AppError.forbidden(
        "This server sends no mail. Sign in again, or use a passkey.")
    package static let hasPassword = AppError.forbidden("This account has a password, which is asked for instead.")
    package static let notVerified = AppError.forbidden(
        "The address of this account is not verified. Sign in again, or use a passkey.")
    package static let wrongCode = LinkRefusal.code

    /// Mails a code. Those from before are void.
    /// - Throws: `AppError.forbidden` where there is none; `AppError.throttled`; `AppError.invalidToken` if the session
    ///   has ended.
    package func mail(to user: User, in session: Session, from client: Client) async throws {
        guard hasMail else { throw Self.noMail }
        guard try await !store.hasPassword(user.id) else { throw Self.hasPassword }
        guard user.isEmailVerified else { throw Self.notVerified }
        try await links.admit(user.email, from: client)
        let mailed = try links.make(
            .proof, to: user.email, user: user.id, boundTo: session.id, continuingTo: nil, from: client)
        guard try await store.insert(mailed, proving: user.id, in: session.id) else { throw AppError.invalidToken }
        links.sent()
    }

    /// Checks a code, uses it up, and lets the session perform sensitive operations from now on.
    /// - Parameter factorCode: of the second factor; needed if there is one.
    /// - Throws: `AppError.notFound` for a wrong code; `AppError.throttled`; the errors of `SecondFactorCheck.check`.
    package func confirm(
        code: String, factorCode: String, for user: User, in session: Session, from client: Client
    ) async throws {
        guard
            let digest = try await links.link(
                withCode: code, for: .proof, of: .user(user.id), boundTo: session.id, from: client)
        else {
            await audit.linkRefused(.proof, from: client)
            throw Self.wrongCode
        }
        // After the mailed code, so that only one who reads the e-mail can lock the second factor here.
        let use =
            user.hasSecondFactor
            ? try await check.check(.code(factorCode), of: .user(user.id), from: client).use : nil
        var notice: SecurityNotice?
        if case .recoveryCode? = use { notice = try notices.notice(of: .recoveryCodeUse, to: user, from: client) }
        var event = AuditEvent(
            .ownerConfirmed, at: now(), by: client.source, user: user.id, session: session.id,
            [.init("method", "mailed code")])
        if let use { event.details.append(.init("second_factor", use.method.rawValue)) }
        guard
            try await store.prove(
                session.id, of: user.id, byCodeOf: digest.text, using: use, notifying: notice, recording: event)
        else { throw Self.wrongCode }
        sessions.forget(.session(session.id))
        notices.send(notice)
    }

    /// The secrets of this e-mail; nil if its code is used, expired or void.
    package func secret(in mail: OutgoingMail) async throws -> MailSecret? {
        try await links.secret(in: mail, for: .proof)
    }
}
