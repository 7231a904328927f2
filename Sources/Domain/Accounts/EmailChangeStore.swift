import Basics

/// Persistent storage of changes of address.
package protocol EmailChangeStore: Sendable {
    /// Stores a link that gives the user another address, in place of any that the user has, and the e-mail that
    /// carries it. An address that is taken takes the same statements and rows, but its mail is never sent.
    func insert(_ mailed: MailedLink, changing user: UserID) async throws
    /// The change that this link makes, if it is valid.
    func emailChange(tokenDigest: String, at time: Timestamp) async throws -> EmailChange?
    /// Makes the change, consumes the link, and voids others of the account.
    /// - Parameter isElsewhere: true if the one who confirmed it has not shown that the account is theirs.
    /// - Throws: `AppError.emailTaken`.
    /// - Returns: false if the link is no longer valid.
    func use(
        _ change: EmailChange, tokenDigest: String, elsewhere isElsewhere: Bool, notifying notice: SecurityNotice?,
        recording event: AuditEvent
    ) async throws -> Bool
    /// Gives the user another address, which is not verified.
    /// - Throws: `AppError.emailTaken`.
    /// - Returns: false if there is no such user.
    func setEmail(
        of user: UserID, to email: EmailAddress, notifying notice: SecurityNotice?, recording event: AuditEvent
    ) async throws -> Bool
}
