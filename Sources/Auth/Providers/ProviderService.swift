import Basics
import Crypto
import Domain
import HTTPClient

/// Signing in with providers, and linking their accounts to those here; independent of HTTP and SQL.
package final class ProviderService: Sendable {
    /// A browser's way to the provider.
    package struct Departure: Sendable {
        package let url: String
        /// The value of the browser's cookie, without which the answer is not accepted.
        package let browserSecret: String
    }

    /// A failed visit, for the log.
    package struct Report: Sendable {
        package let provider: String
        package let refusal: ProviderRefusal
    }

    typealias Store = AccountStore & ProviderStore & AccountLinkStore

    private let clients: [any ProviderClient]
    private let hmacs: HMACs
    private let ownOrigin: @Sendable () -> String
    private let report: @Sendable (Report) -> Void
    let store: any Store
    let auth: AuthService
    let sessions: SessionService
    let proof: RecentProof
    let invitations: InvitationService
    let throttles: Throttles
    let notices: SecurityNotices
    let audit: AuditTrail
    let ids: UUIDv7Generator
    let now: @Sendable () -> Timestamp
    /// True if passwords sign in, too.
    package let allowsPasswords: Bool

    /// - Parameters:
    ///   - ownOrigin: our own origin, with which the addresses begin that providers send browsers back to.
    ///   - report: receives each refusal.
    package init(
        _ providers: [SignInProvider], sender: any RequestSender, minimumIntervalSeconds: Int64, secrets: Secrets,
        ownOrigin: @escaping @Sendable () -> String, allowsPasswords: Bool,
        store: any AccountStore & ProviderStore & AccountLinkStore, auth: AuthService, sessions: SessionService,
        proof: RecentProof, invitations: InvitationService, throttles: Throttles, notices: SecurityNotices,
        audit: AuditTrail, ids: UUIDv7Generator, now: @escaping @Sendable () -> Timestamp,
        report: @escaping @Sendable (Report) -> Void
    ) throws {
        clients = providers.map { provider -> any ProviderClient in
            if let client = OAuthClient(provider, sender: sender) { return client }
            return OpenIDClient(provider, sender: sender, minimumIntervalSeconds: minimumIntervalSeconds)
        }
        hmacs = try secrets.hmacs(for: "sign-in providers")
        (self.ownOrigin, self.report, self.allowsPasswords) = (ownOrigin, report, allowsPasswords)
        (self.store, self.auth, self.sessions, self.proof) = (store, auth, sessions, proof)
        (self.invitations, self.throttles, self.notices) = (invitations, throttles, notices)
        (self.audit, self.ids, self.now) = (audit, ids, now)
    }

    package var providers: [SignInProvider] { clients.map(\.provider) }

    package func provider(named name: String) -> SignInProvider? { client(named: name)?.provider }

    private func client(named name: String) -> (any ProviderClient)? {
        clients.first { $0.provider.name.hasSameBytes(as: name) }
    }

    static let unknownProvider = AppError.notFound("There is no such sign-in provider.")

    private func redirectURI(of provider: SignInProvider) -> String { ownOrigin() + provider.callbackPath }

    // MARK: There and back

    /// Sends a browser to a provider.
    /// - Parameter browser: the values of the browser's cookie, if it has been to a provider lately.
    /// - Throws: `AppError.notFound` for an unknown provider; `AppError.throttled`; `ProviderRefusal`.
    package func begin(
        _ name: String, for purpose: ProviderPurpose, to destinations: ProviderDestinations,
        locale: ProviderLocale? = nil, in browser: [String], from client: Client
    ) async throws -> Departure {
        guard let provider = self.client(named: name) else { throw Self.unknownProvider }
        try await RefusalDelay.refusing(.provider, for: nil, from: client, in: audit) {
            try await throttles.visitProvider(from: client)
        }
        let (time, secrets) = (now(), try FlowSecrets.make(hmacs))
        var isProof = false
        if case .proof = purpose { isProof = true }
        let url = try await reporting(provider.provider, from: client) {
            try await provider.authorizationURL(
                secrets, redirectURI: redirectURI(of: provider.provider), isProof: isProof, at: time)
        }
        // Several tabs share a cookie.
        let browserSecret = try browser.first ?? RandomToken.make()
        try await store.insert(
            ProviderFlow(
                stateDigest: try secrets.stateDigest, browserDigest: try RandomToken.digest(browserSecret),
                provider: name, purpose: purpose, destinations: destinations, locale: locale, createdAt: time))
        return Departure(url: url, browserSecret: browserSecret)
    }

    /// The visit that an answer ends, which is used up; nil if there is none, or it began in another browser.
    package func flow(
        endedBy answer: ProviderAnswer, of name: String, in browser: [String], from client: Client
    ) async throws -> ProviderFlow? {
        guard let provider = self.client(named: name)?.provider else { throw Self.unknownProvider }
        var flow: ProviderFlow?
        if let secrets = try FlowSecrets(state: answer.state, hmacs) {
            flow = try await store.takeFlow(
                stateDigest: try secrets.stateDigest,
                browserDigests: try browser.map { try SHA256.hexadecimalHash($0.utf8) }, provider: name, at: now())
        }
        if flow == nil {
            await note(
                ProviderRefusal(.expired, "The state is unknown, used or expired, or of another browser."),
                of: provider,
                from: client)
        }
        return flow
    }

    /// Does what a visit was for.
    /// - Parameters:
    ///   - session: the session of the browser that brings the answer.
    ///   - options: whether the session is remembered was decided as the visit began.
    /// - Throws: `ProviderRefusal`; `AppError.signUpRefused`; the errors of `AuthService.signIn`.
    package func finish(
        _ flow: ProviderFlow, with answer: ProviderAnswer, in session: Session?, from client: Client,
        _ options: SignInOptions = SignInOptions()
    ) async throws -> ProviderOutcome {
        guard let provider = self.client(named: flow.provider) else { throw Self.unknownProvider }
        return try await reporting(provider.provider, from: client) {
            let outcome: ProviderOutcome
            switch flow.purpose {
            case .signIn(let isRemembered, let invitation):
                var options = options
                options.isRemembered = isRemembered
                options.keepsDevice = options.keepsDevice && isRemembered
                outcome = try await auth.counting { [options] in
                    let profile = try await profile(at: provider, flow, answer)
                    return try await signIn(profile, provider.provider, invitation: invitation, from: client, options)
                }
            case .link(let id):
                let profile = try await profile(at: provider, flow, answer)
                try await link(profile, provider.provider, in: try Self.require(session, id), from: client)
                outcome = .linked
            case .proof(let id):
                let profile = try await profile(at: provider, flow, answer)
                try await prove(profile, in: try Self.require(session, id))
                outcome = .proved
            }
            try await throttles.returned(from: client)
            return outcome
        }
    }

    private func profile(
        at provider: any ProviderClient, _ flow: ProviderFlow, _ answer: ProviderAnswer
    ) async throws -> ProviderProfile {
        let time = now()
        guard let secrets = try FlowSecrets(state: answer.state, hmacs) else {
            throw ProviderRefusal(.expired, "The state is none of ours.")
        }
        try await provider.checkIssuer(answer.issuer, at: time)
        if let error = answer.error {
            let shown = String(decoding: error.utf8.prefix(60), as: UTF8.self).debugDescription
            throw ProviderRefusal(
                error == "access_denied" ? .declined : .unavailable, "The provider answered with the error \(shown).")
        }
        guard let code = answer.code, !code.isEmpty else {
            throw ProviderRefusal(.notTrusted, "The response has neither a code nor an error.")
        }
        var isProof = false
        if case .proof = flow.purpose { isProof = true }
        return try await provider.profile(
            code: code, secrets, redirectURI: redirectURI(of: provider.provider), isProof: isProof, at: time)
    }

    private static func require(_ session: Session?, _ id: SessionID) throws -> Session {
        guard let session, session.id == id else {
            throw ProviderRefusal(.sessionEnded, "The session that began the visit has ended, or is another browser's.")
        }
        return session
    }

    // MARK: Reports

    private func reporting<Value>(
        _ provider: SignInProvider, from client: Client, _ work: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await work()
        } catch let refusal as ProviderRefusal {
            await note(refusal, of: provider, from: client)
            throw refusal
        }
    }

    private func note(_ refusal: ProviderRefusal, of provider: SignInProvider, from client: Client) async {
        report(Report(provider: provider.name, refusal: refusal))
        if refusal.reason != .declined, refusal.reason != .unavailable {
            await audit.providerRefused(provider.name, refusal.reason.rawValue, from: client)
        }
    }
}
