import Templating

/// The page that shows recovery codes, once.
struct RecoveryCodesPage: Page {
    static let template = "pages/recovery-codes"

    var frame: PageFrame
    let codes: [String]
    /// True if the second factor has just been turned on.
    let isNew: Bool
    /// True for an account without a second factor, which sets a new password with them.
    var setPasswords = false

    static let fields: [TemplateField<RecoveryCodesPage>] = [
        .model("page", \.frame),
        .strings("codes") { $0.codes },
        .flag("is_new") { $0.isNew },
        .flag("set_passwords") { $0.setPasswords },
    ]
}
