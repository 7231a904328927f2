import Basics
import Crypto
import Domain

/// The recovery codes of accounts without a second factor, with which they set a new password where no mail is sent, and
/// the new passwords that wait for them.
package final class RecoveryCodeService: Sendable {
    private static let codesOfFactor = AppError.invalid([
        FieldIssue("code", "This account has a second factor, and its recovery codes belong to that.", .wrongValue)
    ])

    private let store: any RecoveryCodeStore
    private let seal: FactorSeal
    private let proof: RecentProof
    private let secondFactors: SecondFactorService
    private let sessions: SessionService
    private let notices: SecurityNotices
    private let ids: UUIDv7Generator
    private let now: @Sendable () -> Timestamp

    package init(
        store: any RecoveryCodeStore, secrets: Secrets, proof: RecentProof, secondFactors: SecondFactorService,
        sessions: SessionService, notices: SecurityNotices, ids: UUIDv7Generator,
        now: @escaping @Sendable () -> Timestamp
    ) {
        (self.store, seal, self.proof, self.secondFactors) = (store, FactorSeal(secrets), proof, secondFactors)
        (self.sessions, self.notices, self.ids, self.now) = (sessions, notices, ids, now)
    }

    /// The number of codes that were not used.
    package func left(of user: User) async throws -> Int { try await store.recoveryCodesLeft(of: user.id) }

    /// Nil if none waits.
    package func waitingReset(of user: User) async throws -> WaitingReset? {
        try await store.waitingReset(of: user.id)
    }

    /// Makes new recovery codes; the others are void.
    /// - Parameter code: of the second factor; needed if there is one.
    /// - Throws: the errors of `RecentProof.require` and `SecondFactorCheck.check`.
    package func make(
        for user: User, in session: Session, proving credential: ProofCredential?, code: String = "",
        from client: Client
    ) async throws -> [String] {
        guard !user.hasSecondFactor else {
            return try await secondFactors.makeRecoveryCodes(
                for: user, in: session, proving: credential, code: code, from: client)
        }
        try await proof.require(credential, in: session, from: client)
        let (new, time) = (try SecondFactorService.newCodes(), now())
        let codes = try seal.seal(try new.map { try $0.digest() }, of: user.id, ids: ids, at: time)
        let notice = try notices.notice(of: .newRecoveryCodes, to: user, from: client)
        let event = AuditEvent(.recoveryCodesCreated, at: time, by: client.source, user: user.id)
        guard
            try await store.setRecoveryCodes(
                of: user.id, to: codes, from: session.id, notifying: notice, recording: event)
        else { throw Self.codesOfFactor }
        sessions.forget(user.id)
        notices.send(notice)
        return new.map(\.shown)
    }

    /// Removes the codes of an account without a second factor.
    /// - Throws: the errors of `RecentProof.require`; `AppError.invalid` for an account with a second factor.
    /// - Returns: false if there are none.
    package func remove(
        of user: User, in session: Session, proving credential: ProofCredential?, from client: Client
    ) async throws -> Bool {
        try await proof.require(credential, in: session, from: client)
        guard !user.hasSecondFactor else { throw Self.codesOfFactor }
        defer { sessions.forget(user.id) }
        let event = AuditEvent(.recoveryCodesRemoved, at: now(), by: client.source, user: user.id)
        return try await store.removeRecoveryCodes(of: user.id, notifying: nil, recording: event)
    }

    /// Stops a new password that waits, which takes no proof: it opens nothing.
    /// - Returns: false if none waits.
    package func stopReset(of user: User, from client: Client) async throws -> Bool {
        defer { sessions.forget(user.id) }
        return try await store.stopReset(
            of: user.id, recording: AuditEvent(.resetStopped, at: now(), by: client.source, user: user.id))
    }
}
