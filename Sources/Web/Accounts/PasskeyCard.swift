import Auth
import Calendar
import Domain
import Templating

/// The user's passkeys on the account page, and the form for another one.
struct PasskeyCard: TemplateModel {
    var rows: [Row]
    /// True if browsers have passkeys for this server's origin.
    let isAvailable: Bool
    var codeError: String?
    var passwordError: String?

    static let fields: [TemplateField<PasskeyCard>] = [
        .list("rows") { $0.rows },
        .flag("is_available") { $0.isAvailable },
        .flag("is_open") { $0.codeError != nil || $0.passwordError != nil },
        .optionalText("code_error") { $0.codeError },
        .optionalText("password_error") { $0.passwordError },
    ]

    struct Row: TemplateModel {
        let passkey: Passkey
        /// The reader's.
        let dates: DateFormat
        var name: FormField
        var passwordError: String?

        init(_ passkey: Passkey, in dates: DateFormat) {
            (self.passkey, self.dates) = (passkey, dates)
            name = FormField(value: passkey.name.text)
        }

        static let fields: [TemplateField<Row>] = [
            .text("id") { $0.passkey.id.rawValue },
            .text("name") { $0.passkey.name.text },
            .model("new_name", \.name),
            .model("made") { ShownTime($0.passkey.createdAt, in: $0.dates) },
            .optionalModel("used") { row in row.passkey.lastUsedAt.map { ShownTime($0, in: row.dates) } },
            .flag("is_synced") { $0.passkey.isBackedUp },
            .flag("is_suspected") { $0.passkey.suspectedAt != nil },
            .optionalText("password_error") { $0.passwordError },
            .flag("is_open") { $0.name.error != nil || $0.passwordError != nil },
        ]
    }
}
