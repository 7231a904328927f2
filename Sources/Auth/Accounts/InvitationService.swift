import Basics
import Crypto
import Domain

/// Invitations to sign up, and the rule that asks for them.
package final class InvitationService: Sendable {
    /// The lifetime of an invitation unless another is chosen, and the longest.
    package static let lifetimeSeconds: Int64 = 7 * 86_400
    package static let maximumLifetimeSeconds: Int64 = 365 * 86_400
    /// The number of accounts that may be made with one, if it is limited.
    package static let uses: ClosedRange<Int64> = 1...1_000_000
    /// The time for which expired invitations are still listed.
    private static let keptSeconds: Int64 = 30 * 86_400

    package let policy: SignUpPolicy
    private let store: any InvitationStore
    private let accounts: any AccountStore
    private let throttles: Throttles
    private let ids: UUIDv7Generator
    private let audit: AuditTrail
    private let now: @Sendable () -> Timestamp

    package init(
        _ policy: SignUpPolicy, store: any InvitationStore, accounts: any AccountStore, throttles: Throttles,
        ids: UUIDv7Generator, audit: AuditTrail, now: @escaping @Sendable () -> Timestamp
    ) {
        self.policy = policy
        self.store = store
        self.accounts = accounts
        self.throttles = throttles
        self.ids = ids
        self.audit = audit
        self.now = now
    }

    // MARK: Administration

    /// Creates an invitation.
    /// - Parameters:
    ///   - email: the only address to admit; nil for any.
    ///   - uses: nil for no limit.
    ///   - source: its maker.
    /// - Throws: `AppError.invalid` for an invitation that would admit no one; `AppError.signUpRefused` where sign-up is
    ///   closed.
    /// - Returns: the invitation, and the token of its link, which is available only here.
    package func create(
        for email: String?, uses: Int?, lifetimeSeconds: Int64 = lifetimeSeconds, by source: AuditEvent.Source
    ) async throws -> (invitation: Invitation, token: String) {
        guard policy.mode != .closed else { throw AppError.signUpRefused(.closed) }
        let address = try await email.asyncFlatMap(invitable)
        guard uses.map({ Self.uses.contains(Int64($0)) }) ?? true else {
            throw Self.invalid("uses", "An invitation has 1 to 1,000,000 uses, or no limit.")
        }
        guard (1...Self.maximumLifetimeSeconds).contains(lifetimeSeconds) else {
            throw Self.invalid("expires_in_days", "An invitation lasts for at most 365 days.")
        }
        let (token, time) = (try RandomToken.make(), now())
        let invitation = Invitation(
            id: InvitationID(rawValue: ids.next(at: time)), email: address, maximumUses: uses,
            createdBy: "\(source.actor)", createdAt: time, expiresAt: time.adding(seconds: lifetimeSeconds))
        try await store.insert(
            invitation, tokenDigest: try RandomToken.digest(token),
            recording: Self.event(.invitationCreated, invitation.id, at: time, by: source))
        return (invitation, token)
    }

    private func invitable(_ email: String) async throws -> EmailAddress {
        guard let address = EmailAddress(email) else {
            throw Self.invalid("email", "Give an e-mail address, such as name@example.com.")
        }
        guard policy.admits(address) else {
            throw Self.invalid("email", "Addresses at this domain cannot sign up, not even with an invitation.")
        }
        guard try await accounts.user(address) == nil else {
            throw Self.invalid("email", "This address has an account.")
        }
        return address
    }

    private static func invalid(_ field: String, _ message: String) -> AppError {
        .invalid([FieldIssue(field, message, .wrongValue)])
    }

    /// The newest invitations, newest first.
    /// - Parameter id: the last one of the page before; nil for the first page.
    package func list(before id: InvitationID? = nil, limit: Int) async throws -> [Invitation] {
        try await store.invitations(before: id, limit: limit)
    }

    /// Invitations by name: the one with this id, or those for this address that are open.
    package func named(_ name: String) async throws -> [Invitation] {
        if let email = EmailAddress(name) {
            return try await store.invitations(for: email).filter { $0.state(at: now()) == .open }
        }
        return try await InvitationID(untrusted: name).asyncFlatMap { try await store.invitation($0) }.map { [$0] }
            ?? []
    }

    /// Voids an invitation; accounts created with it are not affected. False if it was revoked before.
    package func revoke(_ invitation: Invitation, by source: AuditEvent.Source) async throws -> Bool {
        let time = now()
        return try await store.revoke(
            invitation.id, at: time, recording: Self.event(.invitationRevoked, invitation.id, at: time, by: source))
    }

    /// Deletes invitations that expired a month ago; returns their number.
    package func deleteExpired() async throws -> Int {
        try await store.deleteInvitations(expiredBefore: now().adding(seconds: -Self.keptSeconds))
    }

    private static func event(
        _ kind: AuditEvent.Kind, _ id: InvitationID, at time: Timestamp, by source: AuditEvent.Source,
        user: UserID? = nil
    ) -> AuditEvent {
        AuditEvent(kind, at: time, by: source, user: user, [.init("invitation", id.rawValue)])
    }

    // MARK: Signing up

    /// The open invitation with this token; nil if there is none. Looking up changes nothing, and only wrong tokens
    /// count as attempts.
    /// - Throws: `AppError.throttled`.
    package func invitation(forToken token: String, from client: Client) async throws -> Invitation? {
        let found = try await RefusalDelay.refusing(.invitation, for: nil, from: client, in: audit) {
            try await throttles.invitation(from: client) { try await open(token) }
        }
        if found == nil { await audit.linkRefused(.invitation, from: client) }
        return found
    }

    private func open(_ token: String) async throws -> Invitation? {
        guard RandomToken.isPossible(token) else { return nil }
        return try await open(digest: RandomToken.digest(token))
    }

    private func open(digest: String) async throws -> Invitation? {
        guard let found = try await store.invitation(tokenDigest: digest), found.state(at: now()) == .open else {
            return nil
        }
        return found
    }

    /// Checks the part of the rule that needs no look-up.
    /// - Throws: `AppError.signUpRefused`.
    package func checkMode(_ token: String?) throws(AppError) {
        switch policy.mode {
        case .open: break
        case .invited: if token == nil { throw .signUpRefused(.invitationNeeded) }
        case .closed: throw .signUpRefused(.closed)
        }
    }

    /// The invitation that a sign-up is to use, with the record of its use. While sign-up is open, an invitation counts
    /// if it is valid, and is ignored otherwise.
    /// - Throws: `AppError.signUpRefused`.
    package func use(
        of token: String?, by user: User, from client: Client
    ) async throws -> InvitationUse? {
        try await use(ofDigest: token.map { try RandomToken.digest($0) }, by: user, from: client)
    }

    /// Like `use(of:by:from:)`, by the digest of the invitation's token.
    func use(
        ofDigest digest: String?, by user: User, from client: Client
    ) async throws -> InvitationUse? {
        try checkMode(digest)
        let isRequired = policy.mode == .invited
        let found = try await digest.asyncFlatMap { try await open(digest: $0) }
        guard let found, found.admits(user.email) else {
            guard isRequired else { return nil }
            if found != nil { throw AppError.signUpRefused(.invitationForAnotherAddress) }
            await audit.linkRefused(.invitation, from: client)
            throw AppError.signUpRefused(.invitationInvalid)
        }
        return InvitationUse(
            found.id, isRequired: isRequired,
            recording: Self.event(
                .invitationUsed, found.id, at: user.createdAt, by: client.source, user: user.id))
    }

    /// The stored form of an invitation's token, to be kept for a sign-up that comes later.
    package func digest(of token: String) throws -> String { try RandomToken.digest(token) }
}
