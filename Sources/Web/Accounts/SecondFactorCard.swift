import Calendar
import Domain
import Templating

/// The second factor on the account page, and the form that changes it.
struct SecondFactorCard: TemplateModel {
    /// The number of recovery codes at which it is time to make new ones.
    private static let fewCodes = 3

    /// Nil if there is none.
    var factor: SecondFactor?
    /// The reader's.
    let dates: DateFormat
    /// The number of devices that are not asked for it.
    var trustedDevices = 0
    var codeError: String?
    var passwordError: String?

    static let fields: [TemplateField<SecondFactorCard>] = [
        .flag("is_on") { $0.factor != nil },
        .optionalModel("since") { card in card.factor.map { ShownTime($0.activatedAt, in: card.dates) } },
        .flag("has_codes") { $0.codesLeft > 0 },
        .number("codes_left") { $0.codesLeft },
        .flag("has_few_codes") { $0.codesLeft <= Self.fewCodes },
        .number("trusted_devices") { $0.trustedDevices },
        .flag("is_open") { $0.codeError != nil || $0.passwordError != nil },
        .optionalText("code_error") { $0.codeError },
        .optionalText("password_error") { $0.passwordError },
    ]

    private var codesLeft: Int { factor?.recoveryCodes.count ?? 0 }
}
