import Basics
import Calendar
import Domain

extension SQLTaskTransaction {
    /// Computes the moments of a task's reminders anew; those that have passed do not come again.
    func updateReminders(of id: TaskID, from before: ItemImage?, to after: ItemImage?) throws {
        let names = ["reminders", "due", "completed_at", "deleted_at"]
        guard before?["reminders"] ?? .null != .null || after?["reminders"] ?? .null != .null,
            names.contains(where: { before?[$0] ?? .null != after?[$0] ?? .null })
        else { return }
        try connection.enqueue("DELETE FROM reminders WHERE user_id = \(owner) AND task_id = \(id)")
        guard let after, case .text(let text)? = after["reminders"], after["completed_at"] == .null,
            after["deleted_at"] == .integer(0)
        else { return }
        var due: CalendarTime?
        if case .text(let text)? = after["due"] { due = CalendarTime(stored: text) }
        let rules = try ownersZone()
        for (number, reminder) in [Reminder](stored: text).enumerated() {
            guard let moment = reminder.instant(due: due, in: rules, zones), moment > time else { continue }
            try connection.enqueue(
                """
                INSERT INTO reminders (user_id, task_id, number, due_at)
                VALUES (\(owner), \(id), \(number), \(moment))
                """)
        }
    }

    private func ownersZone() throws -> TimeZoneRules {
        if let zone = known.zone { return zone }
        let name = try connection.row("SELECT time_zone FROM users WHERE id = \(owner)") { $0.optionalText(0) }
        let zone = (name ?? nil).flatMap(zones.rules) ?? .utc
        known.zone = zone
        return zone
    }
}
