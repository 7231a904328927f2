import Auth
import Calendar
import Domain
import Templating

/// The accounts at sign-in providers on the account page.
struct ProviderCard: TemplateModel {
    var rows: [Row]
    /// The providers that can be linked.
    let choices: [ProviderButton]
    /// The providers that can confirm that the owner is there; empty if there is no need.
    let confirmations: [ProviderButton]
    var passwordError: String?

    static let fields: [TemplateField<ProviderCard>] = [
        .flag("is_shown") { !$0.rows.isEmpty || !$0.choices.isEmpty },
        .list("rows") { $0.rows },
        .list("choices") { $0.choices },
        .list("confirmations") { $0.confirmations },
        .optionalText("password_error") { $0.passwordError },
    ]

    struct Row: TemplateModel {
        let account: LinkedAccount
        let label: String
        /// The reader's.
        let dates: DateFormat

        static let fields: [TemplateField<Row>] = [
            .text("id") { $0.account.id.rawValue },
            .text("label") { $0.label },
            .text("email") { $0.account.email?.text ?? "" },
            .model("linked") { ShownTime($0.account.linkedAt, in: $0.dates) },
            .optionalModel("used") { row in row.account.lastUsedAt.map { ShownTime($0, in: row.dates) } },
        ]
    }
}
