import Templating

/// The form that sets a new password with recovery codes, where no mail is sent.
struct RecoveryResetPage: Page {
    static let template = "pages/recovery-reset"

    var frame: PageFrame
    var email = FormField()
    var firstCode = FormField()
    var secondCode = FormField()
    var appCode = FormField()
    /// The options of a passkey in the place of the app's code, as JSON; nil if browsers have none here.
    var passkey: String?
    var passwordError: String?
    /// An error of the form as a whole.
    var error: String?
    /// The time from which the codes set a new password, which was just asked for.
    var ready: ShownTime?

    static let fields: [TemplateField<RecoveryResetPage>] = [
        .model("page", \.frame),
        .model("email", \.email),
        .model("first_code", \.firstCode),
        .model("second_code", \.secondCode),
        .model("app_code", \.appCode),
        .optionalText("passkey") { $0.passkey },
        .optionalText("password_error") { $0.passwordError },
        .optionalText("error") { $0.error },
        .optionalModel("ready") { $0.ready },
    ]
}
