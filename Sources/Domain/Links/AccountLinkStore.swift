import Basics

/// Persistent storage of the links that accounts get by mail.
package protocol AccountLinkStore: Sendable {
    /// Stores a link for the active account with this address, and the mail that carries it. An address without such an
    /// account takes the same statements and rows, so that the time taken tells nothing, but its mail is never sent.
    func insert(_ link: AccountLink, in mail: OutgoingMail, recording event: AuditEvent) async throws
    /// The active user whose link this is, as long as the account still has the address that the link was sent to.
    func user(of purpose: LinkPurpose, tokenDigest: String, at time: Timestamp) async throws -> User?
    /// Marks the user's address as verified, unless it has changed or was verified before.
    /// - Returns: false if nothing was changed.
    func verify(_ email: EmailAddress, of user: UserID, at time: Timestamp, recording event: AuditEvent) async throws
        -> Bool
}
