import Basics

/// Persistent storage of second factors, and of the sign-ins that wait for one. A method records its audit event in the
/// same transaction as its change, and only if something changed; likewise the notice for the account's owner.
package protocol SecondFactorStore: Sendable {
    /// Nil if the user has none.
    func secondFactor(of user: UserID) async throws -> SecondFactor?
    /// Stores a second factor that is being set up, in place of any other such one, as long as the session that asks for
    /// it is there.
    /// - Parameter use: the use of the one that it is to replace; nil for a user who has none.
    /// - Returns: false if the session has ended, or the other one was used in the same way before.
    func insert(_ pending: PendingFactor, from session: SessionID, using use: SecondFactorUse?) async throws -> Bool
    /// The second factor that the user is setting up.
    func pendingFactor(of user: UserID, at time: Timestamp) async throws -> PendingFactor?
    /// Makes a pending factor the user's second factor, in place of any other.
    /// - Returns: false if it is no longer pending, or the session has ended.
    func activate(
        _ pending: PendingFactor, as factor: SecondFactor, from session: SessionID, notifying notice: SecurityNotice?,
        recording event: AuditEvent
    ) async throws -> Bool
    /// Notes a use of the second factor that permits nothing else.
    /// - Returns: false if it was used in the same way before, or removed.
    func use(
        _ use: SecondFactorUse, of user: UserID, notifying notice: SecurityNotice?, recording event: AuditEvent
    ) async throws -> Bool
    /// Replaces all recovery codes.
    /// - Returns: false if the second factor was used in the same way before, or removed.
    func replaceRecoveryCodes(
        of user: UserID, with codes: [RecoveryCode], using use: SecondFactorUse, notifying notice: SecurityNotice?,
        recording event: AuditEvent
    ) async throws -> Bool
    /// Removes the user's second factor, with its recovery codes.
    /// - Parameter use: the use that permits it; nil for the operator.
    /// - Returns: false if the user has none, or it was used in the same way before.
    func removeSecondFactor(
        of user: UserID, using use: SecondFactorUse?, notifying notice: SecurityNotice?, recording event: AuditEvent
    ) async throws -> Bool
    /// The number of devices that are not asked for the second factor.
    func trustedDevices(of user: UserID, at time: Timestamp) async throws -> Int
    /// Asks for the second factor on all devices again.
    /// - Returns: false if none was trusted.
    func untrustDevices(of user: UserID, recording event: AuditEvent) async throws -> Bool

    /// Like `AccountStore.setPassword`, with uses of recovery codes, and of the second factor or a passkey, that permit it.
    /// - Returns: the sessions that ended; nil if the second factor was used in one of these ways before.
    func resetPassword(
        of user: UserID, to hash: String, using uses: [SecondFactorUse], recording event: AuditEvent
    ) async throws -> [SessionID]?

    /// Stores a sign-in that waits for the second factor, provided that the user is still active and the first factor
    /// still holds.
    /// - Returns: false otherwise.
    func insert(_ challenge: SignInChallenge, after first: FirstFactor) async throws -> Bool
    /// Counts an attempt: of any number of concurrent ones, never more are admitted than the limits allow.
    func trySecondFactor(of subject: SecondFactorSubject, at time: Timestamp) async throws -> SecondFactorTry
    /// Records a failed attempt, with a notice if it is given.
    func secondFactorFailed(
        of user: UserID, notifying notice: SecurityNotice?, recording event: AuditEvent
    ) async throws

    /// The encrypted texts of the next users by id who have a second factor or recovery codes, at most `limit` of them.
    func sealedFactors(after user: UserID?, limit: Int) async throws -> [SealedFactor]
    /// Replaces an encrypted text, unless it has changed meanwhile.
    func reseal(_ factor: SealedFactor, as text: String) async throws
}
