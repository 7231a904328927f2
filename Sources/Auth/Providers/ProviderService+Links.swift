import Basics
import Domain

/// The accounts at providers that are linked to a user's account.
extension ProviderService {
    /// The oldest first.
    package func linkedAccounts(of user: User) async throws -> [LinkedAccount] {
        try await store.linkedAccounts(of: user.id)
    }

    package func hasPassword(_ user: User) async throws -> Bool { try await store.hasPassword(user.id) }

    /// Checks that a session may link another account, or unlink one.
    /// - Throws: the errors of `RecentProof.require`.
    package func requireProof(_ credential: ProofCredential?, in session: Session, from client: Client) async throws {
        try await proof.require(credential, in: session, from: client)
    }

    /// Unlinks an account at a provider.
    /// - Throws: the errors of `RecentProof.require`; `AppError.notFound`.
    /// - Returns: false if the user could not sign in any more.
    package func unlink(
        _ id: LinkedAccountID, of user: User, in session: Session, proving credential: ProofCredential?,
        from client: Client
    ) async throws -> Bool {
        try await proof.require(credential, in: session, from: client)
        let gone = AppError.notFound("That account is not linked any more.")
        guard let account = try await store.linkedAccounts(of: user.id).first(where: { $0.id == id }) else {
            throw gone
        }
        let notice = try notices.notice(
            of: .providerUnlinked, subject: label(of: account), to: user, from: client)
        let event = AuditEvent(
            .providerUnlinked, at: now(), by: client.source, user: user.id, [.init("provider", account.provider)])
        let outcome = try await store.unlink(
            id, of: user.id, among: waysIn, notifying: notice, recording: event)
        switch outcome {
        case .gone: throw gone
        case .lastWayIn: return false
        case .removed:
            notices.send(notice)
            return true
        }
    }

    private var waysIn: WaysIn {
        WaysIn(
            hasPasswords: allowsPasswords, hasPasskeys: auth.passkeys.relyingParty != nil,
            issuers: providers.map(\.issuer))
    }

    /// The name of the provider of a linked account, as users know it.
    package func label(of account: LinkedAccount) -> String {
        providers.first { $0.issuer.hasSameBytes(as: account.identity.issuer) }?.label ?? account.provider
    }

    func link(
        _ profile: ProviderProfile, _ provider: SignInProvider, in session: Session, from client: Client
    ) async throws {
        guard let user = try await store.user(session.userID) else {
            throw ProviderRefusal(.sessionEnded, "The account was deleted.")
        }
        let condition = LinkCondition.owner(session.id, provedAddress: profile.verifiedEmail)
        switch try await storeLink(profile, provider, of: user, where: condition, from: client) {
        case .linked: sessions.forget(user.id)
        case .taken(let owner):
            guard owner == user.id else {
                throw ProviderRefusal(.linkedElsewhere, "The account there is linked to another account here.")
            }
        case .refused:
            throw ProviderRefusal(
                .addressNotVerified,
                "The account's address is not verified, and is not the one that the provider has verified.")
        }
    }

    /// Stores a link, and tells the owner.
    func storeLink(
        _ profile: ProviderProfile, _ provider: SignInProvider, of user: User, where condition: LinkCondition,
        from client: Client
    ) async throws -> LinkOutcome {
        let time = now()
        let notice = try notices.notice(
            of: .providerLinked, subject: provider.label, to: user, from: client, at: time)
        let event = AuditEvent(
            .providerLinked, at: time, by: client.source, user: user.id, [.init("provider", provider.name)])
        let outcome = try await store.link(
            account(profile, provider, of: user.id, at: time), where: condition, notifying: notice, recording: event)
        if case .linked = outcome { notices.send(notice) }
        return outcome
    }

    func account(
        _ profile: ProviderProfile, _ provider: SignInProvider, of user: UserID, at time: Timestamp
    ) -> LinkedAccount {
        LinkedAccount(
            id: LinkedAccountID(rawValue: ids.next(at: time)), userID: user, provider: provider.name,
            identity: profile.identity, email: profile.verifiedEmail, linkedAt: time)
    }

    /// Lets the session do what is sensitive, if the account at the provider is linked to its user's.
    func prove(_ profile: ProviderProfile, in session: Session) async throws {
        guard try await store.user(profile.identity)?.id == session.userID else {
            throw ProviderRefusal(.otherAccount, "The account there is not linked to the one that is signed in.")
        }
        try await store.prove(session.id, at: now())
        sessions.forget(.session(session.id))
    }
}
