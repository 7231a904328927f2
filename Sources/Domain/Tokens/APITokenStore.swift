import Basics

/// Persistent storage of API tokens. A method records its audit event in the same transaction as its change, and only if
/// something changed.
package protocol APITokenStore: Sendable {
    /// Stores a token, provided that the user is still active and the session that asks for it has not ended.
    /// - Throws: `AppError.invalidToken` otherwise; `AppError.invalid` if the account has as many as it may have.
    func insert(
        _ token: APIToken, digest: String, from session: SessionID, notifying notice: SecurityNotice?,
        recording event: AuditEvent
    ) async throws
    /// All tokens of the user, expired ones included, newest first.
    func tokens(of user: UserID) async throws -> [APIToken]
    /// The token with this digest, and its user.
    func token(digest: String) async throws -> (token: APIToken, user: User)?
    /// Notes the use of a token, unless one was noted in the last minute.
    func noteUse(of id: APITokenID, at time: Timestamp, from address: String) async throws
    /// False if the user has no such token.
    func deleteToken(_ id: APITokenID, of user: UserID, recording event: AuditEvent) async throws -> Bool
    /// Deletes all of the user's tokens; the event records their number, which is returned.
    func deleteTokens(of user: UserID, recording event: AuditEvent) async throws -> Int
    /// Returns the number of tokens deleted.
    func deleteTokens(expiredBefore time: Timestamp) async throws -> Int
}
