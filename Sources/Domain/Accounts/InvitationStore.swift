import Basics

/// Persistent storage of invitations. A method records its audit event in the same transaction as its change, and only
/// if something changed.
package protocol InvitationStore: Sendable {
    func insert(_ invitation: Invitation, tokenDigest: String, recording event: AuditEvent) async throws
    /// The newest invitations, newest first.
    func invitations(limit: Int) async throws -> [Invitation]
    /// Those for this address, newest first.
    func invitations(for email: EmailAddress) async throws -> [Invitation]
    func invitation(_ id: InvitationID) async throws -> Invitation?
    func invitation(tokenDigest: String) async throws -> Invitation?
    /// False if there is no such invitation, or it was revoked before.
    func revoke(_ id: InvitationID, at time: Timestamp, recording event: AuditEvent) async throws -> Bool
    /// Returns the number of invitations deleted.
    func deleteInvitations(expiredBefore time: Timestamp) async throws -> Int
}
