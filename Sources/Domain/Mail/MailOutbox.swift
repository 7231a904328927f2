import Basics

/// Persistent storage of mail until it is sent. Mail is put into it in the transaction that causes it.
package protocol MailOutbox: Sendable {
    /// True if an e-mail can be claimed.
    func hasDueMail(at time: Timestamp) async throws -> Bool
    /// Reserves the e-mail that has waited longest for one sender; nil if none is due.
    /// - Parameters:
    ///   - sender: a name that no other claim uses.
    ///   - lease: the time until which it is reserved; after it, the sender is taken to have died.
    func claim(by sender: String, until lease: Timestamp, at time: Timestamp) async throws -> QueuedMail?
    /// Records the result of a claimed mail.
    /// - Parameter event: recorded in the same transaction.
    /// - Returns: false if the lease had ended, and another sender may have claimed it.
    @discardableResult
    func settle(
        _ id: MailID, claimedBy sender: String, _ result: MailResult, reply: String?, at time: Timestamp,
        recording event: AuditEvent?
    ) async throws -> Bool
    /// Mail, newest first.
    func mail(in states: [MailState], limit: Int) async throws -> [QueuedMail]
    /// The number of e-mails in each of these states, those without any left out.
    func count(_ states: [MailState]) async throws -> [MailState: Int]
    /// Makes mail that could not be delivered, or waits for a later attempt, due now.
    /// - Parameters:
    ///   - id: nil for all.
    ///   - event: recorded with the number of e-mails, if there are any.
    /// - Returns: the number of e-mails.
    func retry(_ id: MailID?, at time: Timestamp, recording event: AuditEvent?) async throws -> Int
    /// Ends a pause in which mail is held, for all mail that waits; what is to be tried later, still is.
    /// - Returns: the number of e-mails.
    func endPause(at time: Timestamp) async throws -> Int
    /// True if `retry` or `endPause` was called for mail that still waits, after this time.
    func hasRetriedMail(since time: Timestamp) async throws -> Bool
    /// Deletes mail that was obsolete before this time, even if no sender has settled it.
    func deleteExpired(before time: Timestamp) async throws -> Int
}
