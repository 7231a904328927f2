import Basics
import Calendar
import Domain
import Templating

/// Mail that was given up or waits, for an admin.
struct AdminMailPage: Page {
    static let template = "pages/admin-mail"

    var frame: PageFrame
    let tabs = AdminTab.tabs(at: .mail)
    /// False if this server sends no mail.
    let hasMail: Bool
    let rows: [Row]
    var notice: String?

    static let fields: [TemplateField<AdminMailPage>] = [
        .model("page", \.frame),
        .list("tabs") { $0.tabs },
        .flag("has_mail") { $0.hasMail },
        .list("rows") { $0.rows },
        .optionalText("notice") { $0.notice },
    ]

    struct Row: TemplateModel {
        let queued: QueuedMail
        /// The reader's.
        let dates: DateFormat

        static let fields: [TemplateField<Row>] = [
            .text("id") { $0.queued.mail.id.rawValue },
            .text("address") { $0.queued.mail.address.text },
            .text("kind") { $0.queued.mail.kind.rawValue.replacing("-", with: " ") },
            .text("state") { $0.queued.state.rawValue.withInitialCapital },
            .flag("has_failed") { $0.queued.state != .waiting },
            .flag("can_be_retried") { $0.queued.state != .expired },
            .number("attempts") { $0.queued.attempts },
            .model("since") { ShownTime($0.queued.mail.createdAt, in: $0.dates) },
            .optionalText("reply") { $0.queued.reply },
        ]
    }
}
