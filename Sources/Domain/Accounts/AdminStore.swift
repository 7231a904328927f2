import Basics

/// Persistent storage of who is an admin. A method records its audit event in the same transaction as its change, and
/// only if something changed. No change to an account, here or elsewhere, leaves a server that has an active admin
/// without one.
package protocol AdminStore: Sendable {
    /// Stores a user who has not signed in yet, and who is an admin.
    /// - Throws: `AppError.emailTaken`.
    func insertAdmin(_ user: User, passwordHash: String, recording events: [AuditEvent]) async throws
    /// Makes a user an admin, provided that the account has this address, and that it is verified, if one is given.
    /// - Returns: false if nothing was changed.
    func makeAdmin(_ id: UserID, ifVerified email: EmailAddress?, recording event: AuditEvent) async throws -> Bool
    /// Makes an admin an ordinary user.
    /// - Throws: `AppError.lastAdmin`.
    /// - Returns: false if the user is not an admin.
    func revokeAdmin(_ id: UserID, recording event: AuditEvent) async throws -> Bool

    /// Stores the digest of the token that makes the first admin, in place of any other.
    /// - Returns: false if there is an admin, or ever was one.
    func openSetup(tokenDigest: String, until expiry: Timestamp, recording event: AuditEvent) async throws -> Bool
    /// True if there is such a token.
    func isSetupOpen(at time: Timestamp) async throws -> Bool
    /// Makes an active user the first admin with the token, which ends the setup for good.
    /// - Returns: false if the token is not valid.
    func useSetup(tokenDigest: String, for user: UserID, recording event: AuditEvent) async throws -> Bool
}
