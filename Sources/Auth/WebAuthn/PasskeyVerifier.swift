import Basics
import Crypto
import Domain

/// Asks for passkeys, and checks the answers.
package final class PasskeyVerifier: Sendable {
    private let store: any PasskeyStore
    private let origin: @Sendable () -> String
    private let notices: SecurityNotices
    private let now: @Sendable () -> Timestamp
    let challenges: PasskeyChallenges

    /// - Parameter origin: our own origin.
    package init(
        store: any PasskeyStore, secrets: Secrets, origin: @escaping @Sendable () -> String, notices: SecurityNotices,
        now: @escaping @Sendable () -> Timestamp
    ) throws {
        (self.store, self.origin, self.notices, self.now) = (store, origin, notices, now)
        challenges = try PasskeyChallenges(secrets, now: now)
    }

    /// Nil if browsers have no passkeys for our origin.
    var relyingParty: RelyingParty? { RelyingParty(origin: origin()) }

    // MARK: Asking

    /// Asks for a passkey of whichever account; nil if browsers have none for our origin.
    package func signInRequest() throws -> PasskeyRequest? { try signInRequest(allowing: []) }

    /// Asks for a passkey of a user who is to sign in again; of whichever account, if that user has none.
    func signInRequest(of user: UserID) async throws -> PasskeyRequest? {
        try signInRequest(allowing: try await usablePasskeys(of: user))
    }

    private func signInRequest(allowing allowed: [Passkey]) throws -> PasskeyRequest? {
        try relyingParty.map {
            PasskeyRequest(
                challenge: try challenges.make(for: .signIn), relyingParty: $0, allowed: allowed,
                needsVerification: true)
        }
    }

    /// Asks for a passkey as the second factor of a sign-in; nil if the account has none, or the sign-in is over.
    /// - Parameter digest: of the token of the sign-in's challenge.
    func secondFactorRequest(_ digest: String) async throws -> PasskeyRequest? {
        guard let relyingParty else { return nil }
        let allowed = try await store.passkeys(forChallenge: digest, at: now())
        guard !allowed.isEmpty else { return nil }
        return PasskeyRequest(
            challenge: try challenges.make(for: .secondFactor(digest)), relyingParty: relyingParty, allowed: allowed,
            needsVerification: false)
    }

    /// Asks for a passkey of a user who is signed in; nil if there is none to ask for.
    func proofRequest(of user: UserID, in session: SessionID) async throws -> PasskeyRequest? {
        guard let relyingParty else { return nil }
        let allowed = try await usablePasskeys(of: user)
        guard !allowed.isEmpty else { return nil }
        return PasskeyRequest(
            challenge: try challenges.make(for: .proof(session)), relyingParty: relyingParty, allowed: allowed,
            needsVerification: true)
    }

    /// Asks for a passkey that recovers an account; nil if there is none to ask for.
    /// - Parameter digest: the link's.
    func recoveryRequest(_ digest: String, allowing allowed: [Passkey]) throws -> PasskeyRequest? {
        guard let relyingParty, !allowed.isEmpty else { return nil }
        return PasskeyRequest(
            challenge: try challenges.make(for: .recovery(digest)), relyingParty: relyingParty, allowed: allowed,
            needsVerification: true)
    }

    private func usablePasskeys(of user: UserID) async throws -> [Passkey] {
        try await store.passkeys(of: user).filter { $0.suspectedAt == nil }
    }

    // MARK: Checking

    /// Checks a passkey that is to sign in alone.
    /// - Throws: `PasskeyRefusal`.
    func verifySignIn(_ response: PasskeyResponse, from client: Client) async throws -> (user: User, use: PasskeyUse) {
        try await verify(response, for: .signIn, needsVerification: true, from: client)
    }

    /// Checks a passkey that is the second factor of a sign-in.
    /// - Throws: `PasskeyRefusal`.
    func verifySecondFactor(
        _ response: PasskeyResponse, of user: UserID, answering digest: String, from client: Client
    ) async throws -> PasskeyUse {
        let found = try await verify(
            response, for: .secondFactor(digest), needsVerification: false, from: client)
        guard found.user.id == user else { throw PasskeyRefusal.otherUser }
        return found.use
    }

    /// Checks a passkey that proves that a user who is signed in is there, and notes its use.
    /// - Throws: `PasskeyRefusal`.
    func verifyProof(
        _ response: PasskeyResponse, of user: UserID, in session: SessionID, from client: Client
    ) async throws {
        let found = try await verify(response, for: .proof(session), needsVerification: true, from: client)
        guard found.user.id == user else { throw PasskeyRefusal.otherUser }
        guard try await store.note(found.use, of: user, at: now()) else { throw PasskeyRefusal.counter }
    }

    /// Checks a passkey that recovers an account, which may no longer have it.
    /// - Parameter known: those that are older than the change.
    /// - Throws: `PasskeyRefusal`.
    func verifyRecovery(
        _ response: PasskeyResponse, among known: [Passkey], of user: User, answering digest: String,
        from client: Client
    ) async throws -> PasskeyUse {
        let assertion = try await assertion(response, for: .recovery(digest), needsVerification: true)
        guard let passkey = known.first(where: { $0.credentialID == Base64URL.encode(response.id) }) else {
            throw PasskeyRefusal.unknownCredential
        }
        return try await use(of: passkey, of: user, in: assertion, from: client)
    }

    private func verify(
        _ response: PasskeyResponse, for purpose: PasskeyChallenges.Purpose, needsVerification: Bool,
        from client: Client
    ) async throws -> (user: User, use: PasskeyUse) {
        let assertion = try await assertion(response, for: purpose, needsVerification: needsVerification)
        guard let (passkey, user) = try await store.passkey(credentialID: Base64URL.encode(response.id)) else {
            throw PasskeyRefusal.unknownCredential
        }
        return (user, try await use(of: passkey, of: user, in: assertion, from: client))
    }

    private func assertion(
        _ response: PasskeyResponse, for purpose: PasskeyChallenges.Purpose, needsVerification: Bool
    ) async throws -> Assertion {
        guard let relyingParty else { throw PasskeyRefusal.wrongOrigin }
        let assertion = try Assertion(response, at: relyingParty)
        // Used up whether the rest is right or wrong.
        try await use(assertion.challenge, for: purpose)
        guard !needsVerification || assertion.data.flags.contains(.userVerified) else {
            throw PasskeyRefusal.userUnverified
        }
        return assertion
    }

    private func use(
        of passkey: Passkey, of user: User, in assertion: Assertion, from client: Client
    ) async throws -> PasskeyUse {
        do {
            try assertion.check(against: passkey)
        } catch .counter {
            try await suspect(passkey, of: user, from: client)
            throw PasskeyRefusal.counter
        }
        return PasskeyUse(
            id: passkey.id, signCount: assertion.data.signCount,
            isBackedUp: assertion.data.flags.contains(.backedUp))
    }

    /// - Throws: `PasskeyRefusal.wrongChallenge` for one that is not for this purpose, has expired or was used.
    func use(_ challenge: [UInt8], for purpose: PasskeyChallenges.Purpose) async throws {
        guard let used = try challenges.challenge(challenge, for: purpose), try await store.use(used) else {
            throw PasskeyRefusal.wrongChallenge
        }
    }

    private func suspect(_ passkey: Passkey, of user: User, from client: Client) async throws {
        let notice = try notices.notice(
            of: .passkeySuspected, subject: "“\(passkey.name.text)”", to: user, from: client)
        try await store.suspect(
            passkey.id, of: user.id, notifying: notice,
            recording: passkey.event(.passkeySuspected, .fail, at: now(), by: client.source))
        notices.send(notice)
    }
}

extension Passkey {
    /// An event of the audit trail about this passkey.
    func event(
        _ kind: AuditEvent.Kind, _ outcome: AuditEvent.Outcome = .success, at time: Timestamp,
        by source: AuditEvent.Source
    ) -> AuditEvent {
        AuditEvent(
            kind, outcome, at: time, by: source, user: userID,
            [.init("passkey", id.rawValue), .init("name", name.text)])
    }
}
