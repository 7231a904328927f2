import Basics
import Domain

/// Deleting an account at its owner's request, with 30 days to think again.
package final class DeletionService: Sendable {
    private let store: any AccountStore
    private let sessions: SessionService
    private let links: LinkMailer
    private let notices: SecurityNotices
    private let audit: AuditTrail
    private let now: @Sendable () -> Timestamp
    /// False if this server sends no mail.
    package let hasMail: Bool

    package init(
        store: any AccountStore, sessions: SessionService, links: LinkMailer, notices: SecurityNotices,
        audit: AuditTrail, hasMail: Bool, now: @escaping @Sendable () -> Timestamp
    ) {
        (self.store, self.sessions, self.links, self.notices) = (store, sessions, links, notices)
        (self.audit, self.hasMail, self.now) = (audit, hasMail, now)
    }

    /// Deactivates the account, which is deleted after `PendingDeletion.graceSeconds` unless its owner returns.
    package func request(of user: User, from client: Client) async throws {
        let notice = try notices.notice(of: .deletionRequest, to: user, from: client)
        let event = AuditEvent(.deletionRequested, at: now(), by: client.source, user: user.id)
        _ = try await store.requestDeletion(of: user.id, notifying: notice, recording: event)
        sessions.forget(user.id)
        notices.send(notice)
    }

    // MARK: With a link

    /// Mails the user a link that requests the deletion, for a client without a recent proof.
    /// - Parameter page: the page of an application that follows; a trusted address.
    /// - Throws: `AppError.throttled`.
    package func mailLink(to user: User, continuingTo page: String? = nil, from client: Client) async throws {
        try await links.admit(user.email, from: client)
        try await links.send(.accountDeletion, to: user.email, continuingTo: page, from: client)
    }

    /// The secrets of the link in this e-mail; nil if the link is used or expired.
    package func secret(in mail: OutgoingMail) async throws -> MailSecret? {
        try await links.secret(in: mail, for: .accountDeletion)
    }

    /// The user whose deletion the link with this token requests; nil for an invalid link. Looking up changes nothing.
    package func user(for token: String) async throws -> User? {
        try await links.user(of: .accountDeletion, digest: LinkDigest(token: token))
    }

    /// Like `request(of:from:)`, for the user whose link this is. The link is void then, as the account is inactive.
    /// - Throws: `AppError.notFound` for an invalid link.
    package func request(token: String, from client: Client) async throws {
        guard let user = try await user(for: token) else {
            await audit.linkRefused(.deletion, from: client)
            throw LinkRefusal.link
        }
        try await request(of: user, from: client)
    }

    // MARK: When it is due

    /// Deletes the accounts, with everything in them, whose owners have not returned; returns their number.
    package func deleteDue() async throws -> Int {
        let limit = now().adding(seconds: -PendingDeletion.graceSeconds)
        var count = 0
        for id in try await store.usersToDelete(requestedBy: limit, limit: 1000) {
            let event = AuditEvent(
                .userDeleted, at: now(), by: .server, user: id, [.init("reason", "requested by the user")])
            guard try await store.deleteUser(id, requestedBy: limit, recording: event) else { continue }
            sessions.forget(id)
            count += 1
        }
        return count
    }
}
