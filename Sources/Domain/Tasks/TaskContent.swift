import Basics
import Calendar

/// The part of a task that its owner writes.
package struct TaskContent: Sendable, Hashable {
    package var title: TaskTitle
    package var description: TaskText?
    package var due: CalendarTime?
    /// The time from which the task can be done.
    package var start: CalendarTime?
    /// The number of the priority (RFC 5545, section 3.8.1.9), of which each priority has several.
    package private(set) var priorityNumber: Int64
    package var repeats: TaskRepeat?
    package var tags: [ItemName]
    package var reminders: [Reminder]

    package init(
        title: TaskTitle, description: TaskText?, due: CalendarTime? = nil, start: CalendarTime? = nil,
        priority: TaskPriority = .none, repeats: TaskRepeat? = nil, tags: [ItemName] = [], reminders: [Reminder] = []
    ) {
        self.init(
            title: title, description: description, due: due, start: start, priorityNumber: priority.number,
            repeats: repeats, tags: tags, reminders: reminders)
    }

    package init(
        title: TaskTitle, description: TaskText?, due: CalendarTime?, start: CalendarTime?, priorityNumber: Int64,
        repeats: TaskRepeat?, tags: [ItemName], reminders: [Reminder]
    ) {
        (self.title, self.description, self.due, self.start) = (title, description, due, start)
        (self.priorityNumber, self.repeats, self.tags) = (priorityNumber, repeats, tags)
        self.reminders = reminders
    }

    /// Setting the present priority keeps its number.
    package var priority: TaskPriority {
        get { TaskPriority(number: priorityNumber) }
        set { if newValue != priority { priorityNumber = newValue.number } }
    }

    /// Checks that a task which repeats is due some day, and the start against the due date (RFC 5545, section 3.8.2.3):
    /// both are days or both are times, and the start is not later.
    package func checkDates() throws(AppError) {
        guard reminders.count <= Reminder.maximumCount else {
            let sentence = "A task may have at most \(Reminder.maximumCount) reminders."
            throw .invalid([FieldIssue("reminders", sentence, .tooLong)])
        }
        guard repeats == nil || due != nil else {
            throw .invalid([FieldIssue("due", "A task that repeats needs a due date.", .missing)])
        }
        for case .before in reminders where due == nil {
            throw .invalid([FieldIssue("due", "A task with a reminder before its due date needs a due date.", .missing)]
            )
        }
        guard let due, let start else { return }
        guard (due.local == nil) == (start.local == nil) else {
            throw Self.wrongStart("Start and due date must both be days, or both have a time.")
        }
        guard due.zone != start.zone || start.clock <= due.clock else {
            throw Self.wrongStart("The start must not be later than the due date.")
        }
    }

    private static func wrongStart(_ sentence: String) -> AppError {
        .invalid([FieldIssue("start", sentence, .wrongValue)])
    }

    /// The largest size of all texts in bytes.
    package static let maximumSize =
        4 * (TaskTitle.maximumLength + TaskText.maximumLength + Tag.maximumPerTask * (ItemName.maximumLength + 1))
        + RecurrenceRule.maximumLength

    /// The size of all texts in bytes; it counts towards the account's quota.
    package var size: Int64 {
        title.text.size + (description?.text.size ?? 0) + (repeats?.storedText.size ?? 0) + tags.storedText.size
    }
}

extension String {
    /// The size in UTF-8.
    var size: Int64 { Int64(utf8.count) }
}
