import Basics
import Calendar
import Domain
import Templating

/// The rule for signing up, and the invitations, for an admin.
struct InvitationsPage: Page {
    static let template = "pages/admin-invitations"

    var frame: PageFrame
    let tabs = AdminTab.tabs(at: .invitations)
    let policy: SignUpPolicy
    let rows: [Row]
    let needsPassword: Bool
    var notice: String?
    /// The link of an invitation that was just made; it is shown once.
    var link: String?
    var email = FormField()
    var uses = FormField(value: "1")
    var lifetimes = Self.choices(ofDays: "7")
    /// An error of the form as a whole.
    var error: String?

    static let fields: [TemplateField<InvitationsPage>] = [
        .model("page", \.frame),
        .list("tabs") { $0.tabs },
        .text("mode") { $0.mode },
        .text("domains") { $0.policy.domains.map { "\($0)" }.joined(separator: ", ") },
        .flag("is_closed") { $0.policy.mode == .closed },
        .list("rows") { $0.rows },
        .flag("needs_password") { $0.needsPassword },
        .optionalText("notice") { $0.notice },
        .optionalText("link") { $0.link },
        .model("email", \.email),
        .model("uses", \.uses),
        .list("lifetimes") { $0.lifetimes },
        .optionalText("error") { $0.error },
    ]

    private var mode: String {
        switch policy.mode {
        case .open: "Open: anyone may sign up."
        case .invited: "Invited: signing up needs an invitation."
        case .closed: "Closed: no one may sign up, not even with an invitation."
        }
    }

    static func choices(ofDays chosen: String) -> [FormChoice] {
        [("1", "1 day"), ("7", "7 days"), ("30", "30 days"), ("365", "1 year")].map { value, label in
            FormChoice(value: value, label: label, isChosen: value == chosen)
        }
    }

    struct Row: TemplateModel {
        let invitation: Invitation
        let state: Invitation.State
        /// Its maker: an admin's address, or the operator.
        let author: String
        /// The reader's.
        let dates: DateFormat

        static let fields: [TemplateField<Row>] = [
            .text("id") { $0.invitation.id.rawValue },
            .text("title") { $0.invitation.email?.text ?? "For anyone" },
            .text("state") { $0.state.rawValue.withInitialCapital },
            .flag("is_open") { $0.state == .open },
            .text("uses") { row in
                "\(row.invitation.uses) of \(row.invitation.maximumUses.map(String.init) ?? "any number of") uses"
            },
            .text("author") { $0.author },
            .model("expiry") { ShownTime($0.invitation.expiresAt, in: $0.dates) },
        ]
    }
}
