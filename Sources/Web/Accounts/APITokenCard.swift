import Basics
import Calendar
import Domain
import Templating

/// The user's API tokens on the account page, and the form for another one.
struct APITokenCard: TemplateModel {
    var rows: [Row]
    /// True for an admin, whose tokens may read more.
    let isAdmin: Bool
    /// The text of the token that was just made; it is shown once.
    var newToken: String?
    var name = FormField()
    var chosenScopes = [TokenScope.tasksRead.rawValue]
    var scopesError: String?
    var lifetimes = Self.choices(ofLifetime: String(TokensAPI.standardLifetimeDays))
    var passwordError: String?

    static let fields: [TemplateField<APITokenCard>] = [
        .list("rows") { $0.rows },
        .optionalText("new_token") { $0.newToken },
        .model("name", \.name),
        .list("scopes") { $0.scopes },
        .optionalText("scopes_error") { $0.scopesError },
        .list("lifetimes") { $0.lifetimes },
        .optionalText("password_error") { $0.passwordError },
        .flag("is_open") { $0.name.error != nil || $0.scopesError != nil || $0.passwordError != nil },
    ]

    private var scopes: [FormChoice] {
        TokenScope.allCases.filter { $0 != .adminRead || isAdmin }.map {
            FormChoice(value: $0.rawValue, label: $0.label, isChosen: chosenScopes.contains($0.rawValue))
        }
    }

    /// The value of the choice of no expiry.
    static let noExpiry = "none"

    static func choices(ofLifetime chosen: String) -> [FormChoice] {
        [("30", "30 days"), ("90", "90 days"), ("365", "1 year"), (noExpiry, "Never")].map { value, label in
            FormChoice(value: value, label: label, isChosen: value == chosen)
        }
    }

    struct Row: TemplateModel {
        let token: APIToken
        let isExpired: Bool
        /// The reader's.
        let dates: DateFormat

        static let fields: [TemplateField<Row>] = [
            .text("id") { $0.token.id.rawValue },
            .text("name") { $0.token.name.text },
            .text("scopes") { $0.token.scopes.text },
            .model("made") { ShownTime($0.token.createdAt, in: $0.dates) },
            .optionalModel("expiry") { row in row.token.expiresAt.map { ShownTime($0, in: row.dates) } },
            .flag("is_expired") { $0.isExpired },
            .optionalModel("used") { row in row.token.lastUsedAt.map { ShownTime($0, in: row.dates) } },
            .text("address") { $0.token.lastUsedAddress },
        ]
    }
}

extension TokenScope {
    fileprivate var label: String {
        switch self {
        case .tasksRead: "Read tasks, lists and tags"
        case .tasksWrite: "Add, change and delete tasks, lists and tags"
        case .accountRead: "Read your name and e-mail address"
        case .adminRead: "Read all accounts, as an admin"
        }
    }
}
