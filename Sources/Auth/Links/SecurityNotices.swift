import Basics
import Crypto
import Domain

/// Writes the e-mails that tell owners of changes to their accounts, with links that undo them.
package final class SecurityNotices: Sendable {
    /// The time after which such an e-mail is old news.
    private static let usefulSeconds: Int64 = 3 * 86_400
    /// The number of an account's latest records among which an earlier sign-in from the same network is looked for.
    private static let searchedRecords = 200

    private let isOn: Bool
    private let tokens: MailTokens
    private let ids: UUIDv7Generator
    private let audit: AuditTrail
    private let signal: MailSignal
    private let now: @Sendable () -> Timestamp

    /// - Parameter isOn: false if this server sends no mail.
    package init(
        isOn: Bool, tokens: MailTokens, ids: UUIDv7Generator, audit: AuditTrail, signal: MailSignal,
        now: @escaping @Sendable () -> Timestamp
    ) {
        (self.isOn, self.tokens, self.ids) = (isOn, tokens, ids)
        (self.audit, self.signal, self.now) = (audit, signal, now)
    }

    /// The notice of a change that the store is about to make; nil if this server sends no mail.
    /// - Parameters:
    ///   - subject: the name of what was made or changed, if there are several of its kind. It is a text of the
    ///     account's, so only an address that is verified gets it.
    ///   - client: nil for the operator.
    ///   - time: when the change is made, for one that adds something: with its link, what is older stays. Nil for now.
    func notice(
        of act: SecurityAct, subject: String? = nil, to user: User, from client: Client?, at time: Timestamp? = nil
    ) throws -> SecurityNotice? {
        guard isOn else { return nil }
        let time = time ?? now()
        var details = ["act": act.rawValue]
        details["ip_address"] = client?.ipAddress
        details["user_agent"] = client?.userAgent
        details["subject"] = user.isEmailVerified ? subject : nil
        let mail = OutgoingMail(
            id: MailID(rawValue: ids.next(at: time)), kind: act.mailKind, userID: user.id, address: user.email,
            details: details, createdAt: time, expiresAt: time.adding(seconds: Self.usefulSeconds))
        let token = act.canBeUndone ? try tokens.secret(of: mail.id, at: time, for: .recovery).token : nil
        return SecurityNotice(mail: mail, recoveryDigest: try token.map(RandomToken.digest))
    }

    /// The notice of a sign-in from a network in which the account was not signed in to lately.
    func noticeOfSignIn(to user: User, from client: Client) async throws -> SecurityNotice? {
        guard isOn else { return nil }
        let records = try await audit.newest(of: user.id, limit: Self.searchedRecords)
        let isKnown = records.contains { record in
            (record.kind == .signedIn || record.kind == .userCreated)
                && (record.ipAddress == client.ipAddress
                    || IPAddress(record.ipAddress).map { client.address?.network.contains($0) ?? false } ?? false)
        }
        return isKnown ? nil : try notice(of: .signIn, to: user, from: client)
    }

    /// To be called once a notice is stored, so that it is sent at once.
    func send(_ notice: SecurityNotice?) { if notice != nil { signal.send() } }
}
