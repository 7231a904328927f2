import Calendar
import Domain
import HTTPServer
import Templating

/// The accounts, for an admin.
struct PeoplePage: Page {
    static let template = "pages/admin-people"

    var frame: PageFrame
    let tabs = AdminTab.tabs(at: .people)
    var notice: String?
    /// The text that was looked for: the beginning of an address or a name, or an id.
    let search: String
    let showsAdmins: Bool
    let people: [Row]
    /// The address of the page after this one.
    let next: String?

    static let fields: [TemplateField<PeoplePage>] = [
        .model("page", \.frame),
        .list("tabs") { $0.tabs },
        .optionalText("notice") { $0.notice },
        .text("search") { $0.search },
        .flag("shows_admins") { $0.showsAdmins },
        .list("people") { $0.people },
        .optionalText("next") { $0.next },
    ]

    struct Row: TemplateModel {
        let user: User
        /// The reader's.
        let dates: DateFormat

        static let fields: [TemplateField<Row>] = [
            .text("path") { PersonPage.path(of: $0.user.id) },
            .text("email") { $0.user.email.text },
            .optionalText("name") { $0.user.username },
            .optionalText("mark") { $0.user.isAdmin ? "Admin" : nil },
            .optionalText("state") { $0.user.isActive ? nil : PersonPage.state(of: $0.user) },
            .model("since") { ShownTime($0.user.createdAt, in: $0.dates) },
        ]
    }
}
