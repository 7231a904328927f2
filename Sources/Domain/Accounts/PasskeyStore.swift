import Basics

/// Persistent storage of passkeys. A method records its audit event in the same transaction as its change, and only if
/// something changed; likewise the notice for the account's owner.
package protocol PasskeyStore: Sendable {
    /// All of the user's, oldest first.
    func passkeys(of user: UserID) async throws -> [Passkey]
    /// The passkey with this credential id, in base64url, and its user.
    func passkey(credentialID: String) async throws -> (passkey: Passkey, user: User)?
    /// The passkeys that may be the second factor of the sign-in with this digest, unless it has expired.
    func passkeys(forChallenge digest: String, at time: Timestamp) async throws -> [Passkey]
    /// The handle by which authenticators know the user.
    /// - Parameter new: the handle of a user who has none yet.
    func passkeyHandle(of user: UserID, orNew new: [UInt8]) async throws -> [UInt8]
    /// Notes that a challenge is answered; false if it was before.
    func use(_ challenge: UsedChallenge) async throws -> Bool
    /// Notes a use of the second factor that permits a change; false if it was used in the same way before.
    func note(_ use: SecondFactorUse, of user: UserID, at time: Timestamp) async throws -> Bool
    /// Notes a use of a passkey; false if its counter has grown meanwhile, or it was removed.
    func note(_ use: PasskeyUse, of user: UserID, at time: Timestamp) async throws -> Bool
    /// Stores a passkey, as long as the session that asks for it is there.
    /// - Throws: `AppError.invalid` if the account has too many, or the credential is known; `AppError.invalidToken` if the
    ///   session has ended.
    func insert(
        _ passkey: Passkey, from session: SessionID, notifying notice: SecurityNotice?, recording event: AuditEvent
    ) async throws
    /// - Returns: false if the user has no such passkey.
    func rename(_ id: PasskeyID, of user: UserID, to name: ItemName) async throws -> Bool
    /// Removes a passkey, unless it is the last way in.
    func removePasskey(
        _ id: PasskeyID, of user: UserID, among ways: WaysIn, notifying notice: SecurityNotice?,
        recording event: AuditEvent
    ) async throws -> WayInRemoval
    /// Removes all of the user's passkeys; returns their number, which the event records.
    func removePasskeys(
        of user: UserID, notifying notice: SecurityNotice?, recording event: AuditEvent
    ) async throws -> Int
    /// Refuses a passkey from now on that may have a copy.
    func suspect(
        _ id: PasskeyID, of user: UserID, notifying notice: SecurityNotice?, recording event: AuditEvent
    ) async throws
}
