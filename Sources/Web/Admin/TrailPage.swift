import Basics
import Calendar
import Domain
import Templating

/// The audit trail, for an admin, newest first.
struct TrailPage: Page {
    static let template = "pages/admin-trail"

    var frame: PageFrame
    let tabs = AdminTab.tabs(at: .trail)
    /// The input of the filter.
    var user: FormField
    var author: FormField
    var events: [FormChoice]
    var since: FormField
    var until: FormField
    var rows: [Row] = []
    /// The address of the page of earlier events.
    var earlier: String?
    /// The result of a verification.
    var finding: AuditVerificationText?

    static let fields: [TemplateField<TrailPage>] = [
        .model("page", \.frame),
        .list("tabs") { $0.tabs },
        .model("user", \.user),
        .model("author", \.author),
        .list("events") { $0.events },
        .model("since", \.since),
        .model("until", \.until),
        .list("rows") { $0.rows },
        .optionalText("earlier") { $0.earlier },
        .optionalModel("finding") { $0.finding },
    ]

    struct Row: TemplateModel {
        let record: AuditRecord
        /// The names of the accounts concerned, by id: their addresses, as long as they exist.
        let names: [UserID: String]
        /// The reader's.
        let dates: DateFormat

        static let fields: [TemplateField<Row>] = [
            .text("number") { String($0.record.number) },
            .text("event") { $0.record.event },
            .flag("is_failure") { $0.record.isFailure },
            .model("time") { ShownTime($0.record.at, in: $0.dates) },
            .optionalText("user") { row in row.record.userID.map(row.name) },
            .optionalText("user_path") { row in
                row.record.userID.flatMap { row.names[$0] == nil ? nil : PersonPage.path(of: $0) }
            },
            .text("author") { $0.author },
            .text("address") { $0.record.ipAddress },
            .text("details") { $0.details },
            .optionalText("request") { $0.record.request },
        ]

        private func name(of id: UserID) -> String { names[id] ?? id.rawValue }

        private var author: String { record.admin.map { "admin \(name(of: $0))" } ?? record.actor }

        private var details: String {
            record.namedDetails.map { "\($0.name): \($0.value)" }.joined(separator: ", ")
        }
    }

    /// The result of a verification, in words.
    struct AuditVerificationText: TemplateModel {
        let sentence: String
        let isGood: Bool

        static let fields: [TemplateField<AuditVerificationText>] = [
            .text("sentence") { $0.sentence },
            .flag("is_good") { $0.isGood },
        ]
    }
}
