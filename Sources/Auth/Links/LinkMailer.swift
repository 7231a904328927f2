import Basics
import Crypto
import Domain

/// Mails links that prove who reads an address, and finds the users of those that come back.
package final class LinkMailer: Sendable {
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

    /// Counts a request for an e-mail.
    /// - Throws: `AppError.throttled`.
    func admit(_ email: EmailAddress, from client: Client) async throws {
        try await RefusalDelay.refusing(.mail, for: email, from: client, in: audit) {
            try await throttles.requestMail(from: client)
        }
    }

    /// Mails a link to the account with this address, if there is one. Neither the result nor the work tells.
    /// - Parameters:
    ///   - tellsOwner: true to mail instead that the address has an account already.
    ///   - page: the page of an application that follows; a trusted address.
    func send(
        _ purpose: LinkPurpose, to email: EmailAddress, tellingOwner tellsOwner: Bool = false,
        continuingTo page: String?, from client: Client
    ) async throws {
        let link = try make(purpose, to: email, continuingTo: page, from: client)
        try await store.insert(tellsOwner ? link.tellingOwner : link)
        signal.send()
    }

    /// Mails a link that gives the user this address, unless it is taken. Neither the result nor the work tells.
    func send(
        emailChange user: User, to email: EmailAddress, continuingTo page: String?, from client: Client
    ) async throws {
        try await changes.insert(
            make(.emailChange, to: email, user: user.id, continuingTo: page, from: client), changing: user.id)
        signal.send()
    }

    /// A link and its mail, to be stored by the caller, who then calls `sent`.
    /// - Parameters:
    ///   - user: nil if the store is to find out.
    ///   - session: the only one in which the code is accepted; nil for any.
    func make(
        _ purpose: LinkPurpose, to email: EmailAddress, user: UserID? = nil, boundTo session: SessionID? = nil,
        continuingTo page: String?, from client: Client
    ) throws -> MailedLink {
        let time = now()
        let id = MailID(rawValue: ids.next(at: time))
        let secret = try tokens.secret(of: id, at: time, for: purpose)
        let link = AccountLink(
            purpose: purpose, tokenDigest: try RandomToken.digest(secret.token),
            codeDigest: purpose.tellsCode(continuingTo: page)
                ? try tokens.digest(ofCode: secret.code, for: purpose, boundTo: session) : nil, createdAt: time,
            expiresAt: secret.expiresAt)
        var details = ["ip_address": client.ipAddress, "user_agent": client.userAgent]
        details[purpose.pageDetail] = page
        let mail = OutgoingMail(
            id: id, kind: purpose.mailKind, address: email, details: details, createdAt: time,
            expiresAt: link.expiresAt.adding(seconds: -MailSecret.usefulSeconds))
        var event = try audit.linkRequested(purpose.mailName, email: email, at: time, from: client)
        if let user { (event.userID, event.addressDigest) = (user, nil) }
        return MailedLink(link: link, mail: mail, event: event)
    }

    /// To be called when an e-mail was stored, so that it is sent at once.
    func sent() { signal.send() }

    /// The link whose code was typed; nil for a wrong code. Each attempt counts.
    /// - Parameter session: the one that the code was bound to.
    /// - Throws: `AppError.throttled`.
    func link(
        withCode code: String, for purpose: LinkPurpose, of holder: LinkHolder, boundTo session: SessionID? = nil,
        from client: Client
    ) async throws -> LinkDigest? {
        let digests = try tokens.digests(ofTypedCode: code, for: purpose, boundTo: session)
        guard !digests.isEmpty else { return nil }
        return try await RefusalDelay.refusing(.code, for: nil, from: client, in: audit) {
            try await throttles.code(from: client) {
                try await store.tryCode(digests, for: purpose, of: holder, at: now()).map(LinkDigest.init)
            }
        }
    }

    /// The secrets of the link in this e-mail; nil if no user for whom it is needed has it.
    func secret(
        in mail: OutgoingMail, for purpose: LinkPurpose, where isNeeded: (User) -> Bool = { _ in true }
    ) async throws -> MailSecret? {
        try await secret(in: mail, for: purpose) { digest in
            try await user(of: purpose, digest: digest).map(isNeeded) ?? false
        }
    }

    /// The secrets of the link in this e-mail that is valid; nil if none is.
    func secret(
        in mail: OutgoingMail, for purpose: LinkPurpose, isValid: (LinkDigest) async throws -> Bool
    ) async throws -> MailSecret? {
        for secret in try tokens.secrets(of: mail.id, at: mail.createdAt, for: purpose) {
            if let digest = try LinkDigest(token: secret.token), try await isValid(digest) { return secret }
        }
        return nil
    }

    /// The user whose link this is; nil if it is used, expired or unknown. Looking up changes nothing.
    func user(of purpose: LinkPurpose, digest: LinkDigest?) async throws -> User? {
        guard let digest else { return nil }
        return try await store.user(of: purpose, tokenDigest: digest.text, at: now())
    }
}

extension LinkPurpose {
    /// True if the e-mail has a code beside its link: one that no one gets could only be guessed.
    /// - Parameter page: the page of an application that follows the link.
    package func tellsCode(continuingTo page: String?) -> Bool {
        switch self {
        // An application's own page for a new password knows no codes.
        case .passwordReset: page == nil
        case .emailVerification, .emailChange, .proof: true
        case .accountDeletion, .recovery: false
        }
    }

    /// The name of the page that follows, among the e-mail's details.
    fileprivate var pageDetail: String { self == .passwordReset ? "redirect_to" : "continue_to" }

    fileprivate var mailKind: MailKind {
        switch self {
        case .passwordReset: .passwordReset
        case .emailVerification: .emailVerification
        case .emailChange: .emailChange
        case .accountDeletion: .accountDeletion
        case .recovery: .securityNotice
        case .proof: .proofCode
        }
    }

    /// The purpose in the audit trail of a link that was asked for by e-mail.
    package var mailName: String {
        switch self {
        case .passwordReset: "reset mail"
        case .emailVerification: "verification mail"
        case .emailChange: "address change mail"
        case .accountDeletion: "deletion mail"
        case .recovery: "recovery mail"
        case .proof: "proof mail"
        }
    }
}
