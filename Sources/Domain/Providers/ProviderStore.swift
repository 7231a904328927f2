import Basics

/// Persistent storage of accounts at sign-in providers, and of visits to them. A method records its audit events in the
/// same transaction as its change, and only if something changed; likewise the notice for the account's owner.
package protocol ProviderStore: Sendable {
    func insert(_ flow: ProviderFlow) async throws
    /// The visit that a provider's answer belongs to, which is used up.
    /// - Parameter browserDigests: of the cookies of the browser that brings the answer.
    /// - Returns: nil if there is no such visit, it has expired, or it began in another browser.
    func takeFlow(
        stateDigest: String, browserDigests: [String], provider: String, at time: Timestamp
    ) async throws -> ProviderFlow?
    /// The user to whom this identity is linked.
    func user(_ identity: ProviderIdentity) async throws -> User?
    /// Those of a user, the oldest first.
    func linkedAccounts(of user: UserID) async throws -> [LinkedAccount]
    /// True if the user has a password.
    func hasPassword(_ user: UserID) async throws -> Bool
    /// Stores a user without a password, with the linked account and the first session, and counts the use of an
    /// invitation.
    /// - Throws: `AppError.signUpRefused` if a required invitation is no longer valid; else `AppError.emailTaken`;
    ///   `AppError.badCredentials` if the identity is linked already.
    func insert(
        _ user: User, linkedTo account: LinkedAccount, session: NewSession, using invitation: InvitationUse?,
        recording event: AuditEvent
    ) async throws
    func link(
        _ account: LinkedAccount, where condition: LinkCondition, notifying notice: SecurityNotice?,
        recording event: AuditEvent
    ) async throws -> LinkOutcome
    /// Unlinks an account, unless it is the last way in.
    func unlink(
        _ id: LinkedAccountID, of user: UserID, among ways: WaysIn, notifying notice: SecurityNotice?,
        recording event: AuditEvent
    ) async throws -> WayInRemoval
    /// Unlinks all of a user's accounts; returns their number, which the event records.
    func unlinkAccounts(
        of user: UserID, notifying notice: SecurityNotice?, recording event: AuditEvent
    ) async throws -> Int
}
