import Basics
import Domain

/// Reminders in a database, which one or more processes look at.
package struct SQLReminderStore: ReminderStore {
    private let database: any Database
    /// The most mails that an account gets in a day.
    private static let maximumPerDay: Int64 = 100

    package init(_ database: any Database) { self.database = database }

    package func queueReminders(
        dueAt time: Timestamp, notBefore oldest: Timestamp, limit: Int, newID: @escaping @Sendable () -> MailID
    ) async throws -> Int {
        try await translatingErrors {
            // Mostly there is nothing to write.
            let isDue = try await database.read { connection in
                try connection.row("SELECT 1 FROM reminders WHERE due_at <= \(time) LIMIT 1") { _ in true } ?? false
            }
            guard isDue else { return 0 }
            return try await database.write { connection in
                let due = try connection.rows(
                    """
                    SELECT user_id, task_id, number, due_at FROM reminders WHERE due_at <= \(time)
                     ORDER BY due_at LIMIT \(limit) \(connection.dialect.skippingLockedRows)
                    """
                ) { row in
                    (
                        owner: UserID(rawValue: row.text(0)), task: TaskID(rawValue: row.text(1)),
                        number: row.integer(2), moment: Timestamp(milliseconds: row.integer(3))
                    )
                }
                for reminder in due {
                    try connection.execute(
                        """
                        DELETE FROM reminders WHERE user_id = \(reminder.owner) AND task_id = \(reminder.task)
                           AND number = \(reminder.number)
                        """)
                    guard reminder.moment >= oldest else { continue }
                    try Self.enqueue(reminder.task, of: reminder.owner, at: time, newID(), on: connection)
                }
                return due.count
            }
        }
    }

    /// Only verified addresses get reminders: an account with the address of another person could write to it otherwise.
    private static func enqueue(
        _ task: TaskID, of owner: UserID, at time: Timestamp, _ id: MailID, on connection: any Connection
    ) throws {
        let address = try connection.row(
            """
            SELECT email FROM users
             WHERE id = \(owner) AND is_active AND email_verified AND mails_reminders AND deletion_requested_at IS NULL
            """
        ) { EmailAddress(stored: $0.text(0)) }
        let due = try connection.row(
            """
            SELECT due FROM tasks
             WHERE user_id = \(owner) AND \(TaskStatements.hasID(task, connection.dialect)) AND completed_at IS NULL
            """
        ) { $0.text(0) }
        guard let address, let due else { return }
        let sent = try connection.row(
            """
            SELECT COUNT(*) FROM mail_outbox
             WHERE address = \(address) AND created_at > \(time.adding(seconds: -86_400))
               AND kind = \(MailKind.reminder.rawValue)
            """
        ) { $0.integer(0) }
        guard sent ?? 0 < maximumPerDay else { return }
        try connection.enqueue(
            OutgoingMail(
                id: id, kind: .reminder, userID: owner, address: address,
                details: ["task": task.rawValue, "due": due], createdAt: time,
                expiresAt: time.adding(seconds: 86_400)), isWanted: true)
    }
}
