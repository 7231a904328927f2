import Basics

/// Persistent storage of invitations. A method records its audit event in the same transaction as its change, and only
/// if something changed.
package protocol InvitationStore: Sendable {
    func insert(_ invitation: Invitation, tokenDigest: String, recording event: AuditEvent) async throws
    /// The newest invitations, newest first.
    /// - Parameter id: the last one of the page before; nil for the first page.
    func invitations(before id: InvitationID?, limit: Int) async throws -> [Invitation]
    /// Those for this address, newest first.
    func invitations(for email: EmailAddress) async throws -> [Invitation]
    func invitation(_ id: InvitationID) async throws -> Invitation?
    func invitation(tokenDigest: String) async throws -> Invitation?
    /// False if there is no such invitation, or it was revoked before.
    func revoke(_ id: InvitationID, at time: Timestamp, recording event: AuditEvent) async throws -> Bool
    /// Returns the number of invitations deleted.
    func deleteInvitations(expiredBefore time: Timestamp) async throws -> Int
}
