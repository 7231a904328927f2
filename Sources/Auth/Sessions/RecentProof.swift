import Basics
import Domain
import Workers

/// The proof that sensitive operations require: that the account's owner is at the other end now, and not a finder of
/// an open browser or a stolen cookie. A session counts as proved for ten minutes after any sign-in, of which
/// that at a provider counts, and after each confirmed password. One rule for pages, API and Better Auth's endpoints.
package final class RecentProof: Sendable {
    package static let lifetimeSeconds: Int64 = 600

    private let store: any AccountStore
    private let hasher: PasswordHasher
    private let passkeys: PasskeyVerifier
    private let sessions: SessionService
    private let throttles: Throttles
    private let audit: AuditTrail
    private let now: @Sendable () -> Timestamp

    package init(
        store: any AccountStore, hasher: PasswordHasher, passkeys: PasskeyVerifier, sessions: SessionService,
        throttles: Throttles, audit: AuditTrail, now: @escaping @Sendable () -> Timestamp
    ) {
        self.store = store
        self.hasher = hasher
        self.passkeys = passkeys
        self.sessions = sessions
        self.throttles = throttles
        self.audit = audit
        self.now = now
    }

    /// True if the session needs no other proof now. One from the future, where the clock has been set back, lasts no
    /// longer than others.
    package func isRecent(in session: Session) -> Bool {
        let time = now()
        return session.provedAt.adding(seconds: Self.lifetimeSeconds) > time
            && session.provedAt < time.adding(seconds: Self.lifetimeSeconds)
    }

    /// Admits to one sensitive operation. A credential is checked even if the session needs none, so that a mistyped
    /// password changes nothing.
    /// - Throws: `AppError.proofRequired` without a credential and a recent proof; the errors of `renew`.
    package func require(_ credential: ProofCredential?, in session: Session, from client: Client) async throws {
        if let credential { return try await check(credential, in: session, from: client) }
        guard isRecent(in: session) else { throw AppError.proofRequired }
    }

    /// Checks the credential, and lets the session perform sensitive operations from now on. For a user without a
    /// password here, every password is wrong.
    /// - Throws: `AppError.badCredentials` if it is wrong; `AppError.throttled`.
    package func renew(by credential: ProofCredential, in session: Session, from client: Client) async throws {
        try await check(credential, in: session, from: client)
        try await store.prove(session.id, at: now())
        sessions.forget(.session(session.id))
    }

    /// Asks for a passkey of the session's user; nil if there is none to ask for.
    package func passkeyRequest(in session: Session) async throws -> PasskeyRequest? {
        try await passkeys.proofRequest(of: session.userID, in: session.id)
    }

    private func check(_ credential: ProofCredential, in session: Session, from client: Client) async throws {
        switch credential {
        case .password(let password):
            try await counting(in: session, client) {
                let hash = try await store.passwordHash(of: session.userID)
                guard try await hasher.verify(password, against: hash, for: FairShare(signedIn: client)) else {
                    try await audit.signInFailed(.wrongPassword, email: nil, user: session.userID, from: client)
                    throw AppError.badCredentials
                }
            }
        case .passkey(let response):
            try await counting(in: session, client) {
                do {
                    try await passkeys.verifyProof(response, of: session.userID, in: session.id, from: client)
                } catch let refusal as PasskeyRefusal {
                    try await audit.signInFailed(
                        .refusedPasskey, email: nil, user: session.userID, cause: refusal.rawValue, from: client)
                    throw AppError.badCredentials
                }
            }
        }
    }

    /// Runs an attempt that counts against the limits of its session and user if it throws
    /// `AppError.badCredentials`.
    func counting<Value>(
        in session: Session, _ client: Client, _ work: () async throws -> Value
    ) async throws -> Value {
        try await RefusalDelay.refusing(.password, for: nil, from: client, in: audit) {
            try await throttles.confirmPassword(in: session.id, of: session.userID, from: client, work)
        }
    }
}

extension FairShare {
    /// The share of a client that is signed in or has a reset link: it takes precedence over others.
    init(signedIn client: Client) { self.init(client, isFavoured: true) }
}
