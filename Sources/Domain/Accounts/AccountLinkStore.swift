import Basics

/// Persistent storage of the links that accounts get by e-mail.
package protocol AccountLinkStore: Sendable {
    /// Stores a link for the active account with the e-mail's address, and the e-mail. An address without such an
    /// account takes the same statements and rows, so that the time taken tells nothing, but its mail is never sent.
    func insert(_ mailed: MailedLink) async throws
    /// The active user whose link this is, as long as the account still has the address that the link was sent to.
    func user(of purpose: LinkPurpose, tokenDigest: String, at time: Timestamp) async throws -> User?
    /// Counts an attempt to type a code.
    /// - Parameter codeDigests: of the same code, under each secret.
    /// - Returns: the digest of the token of the link with this code; nil if the code is wrong or too old, or too many
    ///   were wrong.
    func tryCode(
        _ codeDigests: [String], for purpose: LinkPurpose, of holder: LinkHolder, at time: Timestamp
    ) async throws -> String?
    /// Marks the user's address as verified, unless it has changed or was verified before; if that was elsewhere,
    /// again.
    /// - Parameter isElsewhere: true if the one who verified it has not shown that the account is theirs.
    /// - Returns: false if nothing was changed.
    func verify(
        _ email: EmailAddress, of user: UserID, elsewhere isElsewhere: Bool, at time: Timestamp,
        recording event: AuditEvent
    ) async throws -> Bool
}
