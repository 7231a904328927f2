/// Persistent storage of mailed codes that show that a user without a password is there. A method records its audit
/// event in the same transaction as its change, and only if something changed; likewise the notice for the account's
/// owner.
package protocol MailedProofStore: Sendable {
    func hasPassword(_ user: UserID) async throws -> Bool
    /// Stores a code and its mail, as long as the session is there and the user has the e-mail's address, verified, and
    /// no password.
    /// - Returns: false otherwise.
    func insert(_ mailed: MailedLink, proving user: UserID, in session: SessionID) async throws -> Bool
    /// Notes that the session's user has proved to be the account's owner, under the same conditions.
    /// - Parameters:
    ///   - tokenDigest: names the code, which is used up.
    ///   - use: the use of the second factor; needed if the user has one.
    /// - Returns: false if the code is no longer valid, or the second factor was used in the same way before.
    func prove(
        _ session: SessionID, of user: UserID, byCodeOf tokenDigest: String, using use: SecondFactorUse?,
        notifying notice: SecurityNotice?, recording event: AuditEvent
    ) async throws -> Bool
}
