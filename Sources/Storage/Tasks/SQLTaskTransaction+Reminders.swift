import Basics
import Calendar
import Domain

extension SQLTaskTransaction {
    /// Recomputes the moments of a task's reminders; those that have passed are not sent again.
    func updateReminders(of id: TaskID, from before: ItemImage?, to after: ItemImage?) throws {
        let names = ["reminders", "due", "completed_at", "deleted_at"]
        guard before?["reminders"] ?? .null != .null || after?["reminders"] ?? .null != .null,
            names.contains(where: { before?[$0] ?? .null != after?[$0] ?? .null })
        else { return }
        try connection.deleteReminders(of: id, ownedBy: owner)
        guard let after, case .text(let text)? = after["reminders"], after["completed_at"] == .null,
            after["deleted_at"] == .integer(0)
        else { return }
        var due: CalendarTime?
        if case .text(let text)? = after["due"] { due = CalendarTime(stored: text) }
        let moments = [Reminder](stored: text).moments(due: due, in: try ownersZone(), zones) { _, moment in
            moment > time ? moment : nil
        }
        try connection.insertReminders(moments, of: id, ownedBy: owner)
    }

    private func ownersZone() throws -> TimeZoneRules {
        if let zone = known.zone { return zone }
        let name = try connection.row("SELECT time_zone FROM users WHERE id = \(owner)") { $0.optionalText(0) }
        let zone = (name ?? nil).flatMap(zones.rules) ?? .utc
        known.zone = zone
        return zone
    }
}

extension Connection {
    /// Recomputes the moments of an account's reminders after a change of its zone. Those that have passed by the former
    /// zone are not sent again, and those that have passed by the new one only are sent at once.
    func moveReminders(
        of owner: UserID, from former: TimeZoneRules, to zone: TimeZoneRules, _ zones: TimeZoneDatabase,
        at time: Timestamp
    ) throws {
        let tasks = try rows(
            """
            SELECT id, due, reminders FROM tasks
             WHERE user_id = \(owner) AND deleted_at = 0 AND completed_at IS NULL AND reminders IS NOT NULL
            """
        ) { (id: TaskID(rawValue: $0.text(0)), due: $0.optionalText(1), reminders: [Reminder](stored: $0.text(2))) }
        for task in tasks {
            let due = task.due.flatMap(CalendarTime.init(stored:))
            let moments = task.reminders.moments(due: due, in: zone, zones) { reminder, moment in
                guard let before = reminder.instant(due: due, in: former, zones), before > time else { return nil }
                return max(moment, time)
            }
            try deleteReminders(of: task.id, ownedBy: owner)
            try insertReminders(moments, of: task.id, ownedBy: owner)
        }
    }

    fileprivate func deleteReminders(of task: TaskID, ownedBy owner: UserID) throws {
        try enqueue("DELETE FROM reminders WHERE user_id = \(owner) AND task_id = \(task)")
    }

    fileprivate func insertReminders(
        _ moments: [(number: Int, moment: Timestamp)], of task: TaskID, ownedBy owner: UserID
    ) throws {
        for (number, moment) in moments {
            try enqueue(
                """
                INSERT INTO reminders (user_id, task_id, number, due_at)
                VALUES (\(owner), \(task), \(number), \(moment))
                """)
        }
    }
}
