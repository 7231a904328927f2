/// Persistent storage of the links that accounts get by mail.
package protocol AccountLinkStore: Sendable {
    /// Stores a link for the active account with this address, and the mail that carries it. An address without an
    /// account takes the same statements and rows, so that the time taken tells nothing, but its mail is never sent.
    func insert(_ link: AccountLink, in mail: OutgoingMail, recording event: AuditEvent) async throws
}
