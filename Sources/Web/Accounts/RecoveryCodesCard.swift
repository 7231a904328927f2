import Templating

/// The recovery codes of an account without a second factor, and the form that changes them.
struct RecoveryCodesCard: TemplateModel {
    /// False where a second factor has them, or mail takes their place and there are none.
    var isShown = false
    /// False if this server sends mail, and new passwords take a mailed link.
    var areOfUse = true
    var left = 0
    var passwordError: String?

    static let fields: [TemplateField<RecoveryCodesCard>] = [
        .flag("is_shown") { $0.isShown },
        .flag("are_of_use") { $0.areOfUse },
        .flag("has_codes") { $0.left > 0 },
        .number("left") { $0.left },
        .optionalText("password_error") { $0.passwordError },
    ]
}
