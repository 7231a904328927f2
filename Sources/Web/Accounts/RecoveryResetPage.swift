import Templating

/// The form that sets a new password with recovery codes, where no mail is sent.
struct RecoveryResetPage: Page {
    static let template = "pages/recovery-reset"

    var frame: PageFrame
    var email = FormField()
    var firstCode = FormField()
    var secondCode = FormField()
    var appCodeError: String?
    var passwordError: String?
    /// An error of the form as a whole.
    var error: String?

    static let fields: [TemplateField<RecoveryResetPage>] = [
        .model("page") { $0.frame },
        .model("email") { $0.email },
        .model("first_code") { $0.firstCode },
        .model("second_code") { $0.secondCode },
        .optionalText("app_code_error") { $0.appCodeError },
        .optionalText("password_error") { $0.passwordError },
        .optionalText("error") { $0.error },
    ]
}
