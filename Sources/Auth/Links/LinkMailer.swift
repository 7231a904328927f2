import Basics
import Domain

/// Mails links that prove who reads an address, and finds the users of those that come back.
package struct LinkMailer: Sendable {
    private let store: any AccountLinkStore
    private let changes: any EmailChangeStore
    private let throttles: Throttles
    private let tokens: MailTokens
    private let ids: UUIDv7Generator
    private let audit: AuditTrail
    private let signal: MailSignal
    private let now: @Sendable () -> Timestamp

    package init(
        store: any AccountLinkStore & EmailChangeStore, throttles: Throttles, tokens: MailTokens,
        ids: UUIDv7Generator, audit: AuditTrail, signal: MailSignal, now: @escaping @Sendable () -> Timestamp
    ) {
        (self.store, self.changes) = (store, store)
        (self.throttles, self.tokens, self.ids) = (throttles, tokens, ids)
        (self.audit, self.signal, self.now) = (audit, signal, now)
    }

    /// Counts a request for a mail.
    /// - Throws: `AppError.throttled`.
    func admit(_ email: EmailAddress, from client: Client) async throws {
        try await RefusalDelay.refusing("mail", for: email, from: client, in: audit) {
            try await throttles.requestMail(from: client)
        }
    }

    /// Mails a link to the account with this address, if there is one. Neither the result nor the work tells.
    /// - Parameter details: what the mail's text needs besides the link and the client's address.
    func send(
        _ purpose: LinkPurpose, to email: EmailAddress, details: [String: String], from client: Client
    ) async throws {
        let (link, mail) = try make(purpose, to: email, details: details, from: client)
        let event = try audit.linkRequested(purpose.mailName, email: email, at: mail.createdAt, from: client)
        try await store.insert(link, in: mail, recording: event)
        signal.send()
    }

    /// Mails a link that gives the user this address, unless it is taken. Neither the result nor the work tells.
    func send(
        emailChange user: User, to email: EmailAddress, details: [String: String], from client: Client
    ) async throws {
        let purpose = LinkPurpose.emailChange
        let (link, mail) = try make(purpose, to: email, details: details, from: client)
        let event = AuditEvent(
            .tokenCreated, at: mail.createdAt, by: client.source, user: user.id, [.init("purpose", purpose.mailName)])
        try await changes.insert(link, changing: user.id, in: mail, recording: event)
        signal.send()
    }

    private func make(
        _ purpose: LinkPurpose, to email: EmailAddress, details: [String: String], from client: Client
    ) throws -> (AccountLink, OutgoingMail) {
        let time = now()
        let id = MailID(rawValue: ids.next(at: time))
        let link = AccountLink(
            purpose: purpose, tokenDigest: try LinkToken.digest(try tokens.token(of: id, for: purpose)),
            createdAt: time, expiresAt: time.adding(seconds: purpose.lifetimeSeconds))
        var details = details
        details["ip_address"] = client.ipAddress
        let mail = OutgoingMail(
            id: id, kind: purpose.mailKind, address: email, details: details, createdAt: time,
            expiresAt: link.expiresAt)
        return (link, mail)
    }

    /// The token of the link in this mail; nil if no user for whom it is needed has it.
    func token(
        in mail: OutgoingMail, for purpose: LinkPurpose, where isNeeded: (User) -> Bool = { _ in true }
    ) async throws -> String? {
        try await token(in: mail, for: purpose) { token in
            try await user(of: purpose, token: token).map(isNeeded) ?? false
        }
    }

    /// The token of the link in this mail that is valid; nil if none is.
    func token(
        in mail: OutgoingMail, for purpose: LinkPurpose, isValid: (String) async throws -> Bool
    ) async throws -> String? {
        for token in try tokens.tokens(of: mail.id, for: purpose) where try await isValid(token) { return token }
        return nil
    }

    /// The user whose link has this token; nil if the link is used, expired or unknown. Looking up changes nothing.
    func user(of purpose: LinkPurpose, token: String) async throws -> User? {
        guard LinkToken.isPossible(token) else { return nil }
        return try await store.user(of: purpose, tokenDigest: try LinkToken.digest(token), at: now())
    }
}

extension LinkPurpose {
    /// The lifetime of a link.
    fileprivate var lifetimeSeconds: Int64 {
        switch self {
        case .passwordReset: 3600
        case .emailVerification, .emailChange, .accountDeletion: 86_400
        case .recovery: SecurityNotice.recoveryLifetimeSeconds
        }
    }

    fileprivate var mailKind: MailKind {
        switch self {
        case .passwordReset: .passwordReset
        case .emailVerification: .emailVerification
        case .emailChange: .emailChange
        case .accountDeletion: .accountDeletion
        case .recovery: .securityNotice
        }
    }

    /// The purpose in the audit trail of a link that was asked for by mail.
    fileprivate var mailName: String {
        switch self {
        case .passwordReset: "reset mail"
        case .emailVerification: "verification mail"
        case .emailChange: "address change mail"
        case .accountDeletion: "deletion mail"
        case .recovery: "recovery mail"
        }
    }
}
