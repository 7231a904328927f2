import Calendar
import Domain
import Templating

/// The e-mail that reminds of a task.
struct ReminderMail: MailContent {
    static let name = "reminder"

    let task: TaskItem
    /// The reader's.
    let dates: DateFormat
    let origin: String
    let unsubscribeURL: String

    var subject: String { "Reminder: \(task.content.title.text)" }

    static let fields: [TemplateField<ReminderMail>] = [
        .text("title") { $0.task.content.title.text },
        .optionalText("description") { $0.task.content.description?.text },
        .optionalText("due") { mail in mail.task.content.due.map { mail.dates.text($0) } },
        .optionalText("language") { $0.dates.language },
        .text("link") { "\($0.origin)/dashboard?edit=\($0.task.id)" },
        .text("unsubscribe_link") { $0.unsubscribeURL },
        .text("account_link") { "\($0.origin)/account" },
    ]
}
