import Basics

/// Persistent storage of the recovery codes of accounts without a second factor, and of the new passwords that wait for
/// them. A method records its audit event in the same transaction as its change, and only if something changed;
/// likewise the notice for the account's owner.
package protocol RecoveryCodeStore: Sendable {
    /// The account with this address. The statements are the same if there is none.
    func recoverableAccount(_ email: EmailAddress) async throws -> RecoverableAccount?
    /// The number of the user's recovery codes that were not used, with or without a second factor.
    func recoveryCodesLeft(of user: UserID) async throws -> Int
    /// Nil if none waits.
    func waitingReset(of user: UserID) async throws -> WaitingReset?

    /// Makes these the user's recovery codes, in the place of any others, which ends a reset that waits.
    /// - Returns: false if the user has a second factor, or the session has ended.
    func setRecoveryCodes(
        of user: UserID, to codes: [RecoveryCode], from session: SessionID, notifying notice: SecurityNotice?,
        recording event: AuditEvent
    ) async throws -> Bool
    /// Removes the user's recovery codes, which ends a reset that waits.
    /// - Returns: false if there are none, or the user has a second factor.
    func removeRecoveryCodes(
        of user: UserID, notifying notice: SecurityNotice?, recording event: AuditEvent
    ) async throws -> Bool

    /// Uses the two codes up, and lets a new password wait in the place of any other.
    /// - Returns: false if one of the codes was used, or the user has a second factor, a passkey, or is not active.
    func insert(_ reset: WaitingReset, recording event: AuditEvent) async throws -> Bool
    /// Ends a reset that waits; its codes stay used.
    /// - Returns: false if there is none.
    func stopReset(of user: UserID, recording event: AuditEvent) async throws -> Bool
    /// Sets the password, provided that the reset is still there, and due at the event's time. All sessions and API tokens
    /// end, and the other recovery codes are void.
    /// - Returns: the sessions that ended; nil if the password cannot be set.
    func complete(_ reset: WaitingReset, toSet hash: String, recording event: AuditEvent) async throws -> [SessionID]?
}
