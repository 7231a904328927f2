import Basics

/// Persistent storage of the links that recover an account.
package protocol RecoveryStore: Sendable {
    /// The account that this link recovers, if it is valid. An account whose deletion was requested can be recovered; one
    /// that the operator has deactivated cannot.
    func recovery(tokenDigest: String, at time: Timestamp) async throws -> Recovery?
    /// Restores the address, verified, sets the password, cancels a requested deletion, ends all sessions, and voids all
    /// of the account's links that are not older than this one.
    /// - Throws: `AppError.emailTaken`.
    /// - Returns: the sessions that ended; nil if the link is no longer valid.
    func recover(
        tokenDigest: String, of user: UserID, toSet hash: String, notifying notice: SecurityNotice?,
        recording event: AuditEvent
    ) async throws -> [SessionID]?
}
