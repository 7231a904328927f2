import Basics

/// Persistent storage of the moments at which e-mails remind of tasks.
package protocol ReminderStore: Sendable {
    /// Puts mails for the reminders that are due into the outbox, each once, in one transaction with its removal.
    /// - Parameters:
    ///   - oldest: the moment before which a reminder is too late to be of use.
    ///   - newID: the id of each e-mail.
    /// - Returns: the number of reminders; fewer than `limit` if no more are due.
    func queueReminders(
        dueAt time: Timestamp, notBefore oldest: Timestamp, limit: Int, newID: @escaping @Sendable () -> MailID
    ) async throws -> Int
}
