import Templating

/// The form that sets a new password, for whoever has a link to it.
struct ResetPage: Page {
    static let template = "pages/reset"

    var frame: PageFrame
    /// What the form carries on; empty where the link is not good, and then there is no form.
    var token = ""
    /// Whose password it is; for the browser's password store as well.
    var email = ""
    var passwordError: String?
    /// What is wrong with the form as a whole.
    var error: String?

    static let fields: [TemplateField<ResetPage>] = [
        .model("page") { $0.frame },
        .text("token") { $0.token },
        .text("email") { $0.email },
        .optionalText("password_error") { $0.passwordError },
        .optionalText("error") { $0.error },
    ]
}
