import Basics

/// Persistent storage of the links that recover an account.
package protocol RecoveryStore: Sendable {
    /// The account that this link recovers, if it is valid. An account whose deletion was requested can be recovered; one
    /// that the operator has deactivated cannot.
    func recovery(tokenDigest: String, at time: Timestamp) async throws -> Recovery?
    /// The factors that the user had before a change at this time and when it was made.
    func olderFactors(of user: UserID, than time: Timestamp) async throws -> OlderFactors
    /// Counts an attempt to show an authenticator app with this link.
    /// - Returns: the attempts with this one, of all links that the user got at the same address; nil if the link is no
    ///   longer valid.
    func tryApp(tokenDigest: String, of user: UserID, at time: Timestamp) async throws -> Int64?
    /// Restores the address, verified, sets the password, cancels a requested deletion, ends all sessions, and voids all
    /// of the account's links that are not older than this one.
    /// - Parameters:
    ///   - isProven: false if nothing but the link was shown, which is enough while the account has the address.
    ///   - use: the use of the factor that permits it; nil if none was needed.
    /// - Throws: `AppError.emailTaken`; `AppError.badCredentials` if the factor was used in the same way before.
    /// - Returns: the sessions that ended; nil if the link is no longer valid.
    func recover(
        tokenDigest: String, of user: UserID, toSet hash: String, isProven: Bool, using use: OlderFactorUse?,
        notifying notice: SecurityNotice?, recording event: AuditEvent
    ) async throws -> [SessionID]?
}
