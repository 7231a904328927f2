import Basics
import Crypto
import Domain

/// Adds, names, lists and removes a user's passkeys, independent of HTTP and SQL.
package final class PasskeyService: Sendable {
    private static let handleLength = 32

    private let store: any PasskeyStore
    private let verifier: PasskeyVerifier
    private let check: SecondFactorCheck
    private let proof: RecentProof
    private let notices: SecurityNotices
    private let allowsPasswords: Bool
    private let issuers: [String]
    private let ids: UUIDv7Generator
    private let now: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - allowsPasswords: true if passwords sign in, too.
    ///   - issuers: those of the sign-in providers.
    package init(
        store: any PasskeyStore, verifier: PasskeyVerifier, secondFactors: SecondFactorService, proof: RecentProof,
        notices: SecurityNotices, allowsPasswords: Bool, issuers: [String], ids: UUIDv7Generator,
        now: @escaping @Sendable () -> Timestamp
    ) {
        (self.store, self.verifier, check) = (store, verifier, secondFactors.check)
        (self.proof, self.notices, self.ids, self.now) = (proof, notices, ids, now)
        (self.allowsPasswords, self.issuers) = (allowsPasswords, issuers)
    }

    /// False if browsers have no passkeys for our origin.
    package var isAvailable: Bool { verifier.relyingParty != nil }

    /// All of the user's, oldest first.
    package func passkeys(of user: UserID) async throws -> [Passkey] { try await store.passkeys(of: user) }

    // MARK: Adding

    /// Begins to make a passkey. It will sign in alone, so it requires the proofs of a sign-in now.
    /// - Parameter code: of the second factor; needed if there is one.
    /// - Throws: the errors of `RecentProof.require` and `SecondFactorCheck.check`; `AppError.invalid` if the account has
    ///   too many; `AppError.notFound` if browsers have no passkeys for our origin.
    package func begin(
        for user: User, in session: Session, proving credential: ProofCredential?, code: String, from client: Client
    ) async throws -> PasskeyCreation {
        // The proof holds for the passkey that follows, too.
        if let credential {
            try await proof.renew(by: credential, in: session, from: client)
        } else {
            try await proof.require(nil, in: session, from: client)
        }
        if user.hasSecondFactor {
            let use = try await check.check(.code(code), of: .user(user.id), from: client).use
            guard try await store.note(use, of: user.id, at: now()) else { throw AppError.wrongSecondFactor }
        }
        return try await creation(for: user, in: session)
    }

    private func creation(for user: User, in session: Session) async throws -> PasskeyCreation {
        guard let relyingParty = verifier.relyingParty else { throw Self.unavailable }
        let existing = try await store.passkeys(of: user.id)
        // Before the authenticator stores one that would be refused.
        guard existing.count < Passkey.maximumPerAccount else { throw Passkey.tooMany }
        let challenge = try verifier.challenges.make(
            for: .registration(session.id, hasSecondFactor: user.hasSecondFactor))
        return PasskeyCreation(
            challenge: challenge, relyingParty: relyingParty, user: user,
            userHandle: try await store.passkeyHandle(
                of: user.id, orNew: try SecureRandom.bytes(Self.handleLength)),
            existing: existing)
    }

    /// Adds the passkey that an authenticator has made.
    /// - Throws: `AppError.invalid` for the fields `name` and `credential`; `AppError.notFound` if it took too long;
    ///   `AppError.proofRequired`.
    @discardableResult
    package func add(
        _ response: PasskeyResponse?, named name: String, for user: User, in session: Session, from client: Client
    ) async throws -> Passkey {
        try await proof.require(nil, in: session, from: client)
        let name = try ItemName(name)
        let credential = try await credential(response, for: user, in: session)
        let time = now()
        let passkey = Passkey(
            id: PasskeyID(rawValue: ids.next(at: time)), userID: user.id,
            credentialID: Base64URL.encode(credential.id), publicKey: credential.publicKey,
            userHandle: try await store.passkeyHandle(
                of: user.id, orNew: try SecureRandom.bytes(Self.handleLength)),
            name: name, transports: response?.transports ?? [], aaguid: Hexadecimal.encode(credential.aaguid),
            createdAt: time, isOfVerifiedAddress: user.isEmailVerified,
            isBackupEligible: credential.data.flags.contains(.backupEligible),
            isBackedUp: credential.data.flags.contains(.backedUp), signCount: credential.data.signCount)
        let notice = try notices.notice(of: .newPasskey, subject: "“\(name.text)”", to: user, from: client, at: time)
        try await store.insert(
            passkey, from: session.id, notifying: notice,
            recording: passkey.event(.passkeyAdded, at: time, by: client.source))
        notices.send(notice)
        return passkey
    }

    private func credential(
        _ response: PasskeyResponse?, for user: User, in session: Session
    ) async throws -> NewCredential {
        guard let relyingParty = verifier.relyingParty else { throw Self.unavailable }
        do {
            guard let response else { throw PasskeyRefusal.malformed }
            let credential = try NewCredential(response, at: relyingParty)
            // It is to sign in alone.
            guard credential.data.flags.contains(.userVerified) else { throw PasskeyRefusal.userUnverified }
            try await verifier.use(
                credential.challenge, for: .registration(session.id, hasSecondFactor: user.hasSecondFactor))
            return credential
        } catch PasskeyRefusal.wrongChallenge {
            throw Self.expired
        } catch let refusal as PasskeyRefusal {
            // The caller is signed in, so the reason is disclosed.
            throw AppError.invalid([
                FieldIssue("credential", "This passkey was not accepted (\(refusal.rawValue)).", .wrongValue)
            ])
        }
    }

    private static let unavailable = AppError.notFound(
        "Passkeys need an address with a name, and https. The operator sets it with LATCHKEY_URL.")
    package static let expired = AppError.notFound("That took too long. Begin again.")

    // MARK: Changes

    /// - Throws: `AppError.invalid`.
    /// - Returns: false if the user has no such passkey.
    package func rename(_ id: PasskeyID, of user: User, to name: String) async throws -> Bool {
        try await store.rename(id, of: user.id, to: try ItemName(name))
    }

    /// Removes a passkey, unless it is the last way in. Sessions that began with it go on.
    /// - Throws: the errors of `RecentProof.require`.
    package func remove(
        _ id: PasskeyID, of user: User, in session: Session, proving credential: ProofCredential?, from client: Client
    ) async throws -> WayInRemoval {
        try await proof.require(credential, in: session, from: client)
        guard let passkey = try await store.passkeys(of: user.id).first(where: { $0.id == id }) else { return .gone }
        let notice = try notices.notice(
            of: .passkeyRemoved, subject: "“\(passkey.name.text)”", to: user, from: client)
        let outcome = try await store.removePasskey(
            id, of: user.id,
            among: WaysIn(hasPasswords: allowsPasswords, hasPasskeys: isAvailable, issuers: issuers),
            notifying: notice, recording: passkey.event(.passkeyRemoved, at: now(), by: client.source))
        if outcome == .removed { notices.send(notice) }
        return outcome
    }
}
