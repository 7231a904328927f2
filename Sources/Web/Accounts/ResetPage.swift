import Templating

/// The form that sets a new password, reached by a reset link.
struct ResetPage: Page {
    static let template = "pages/reset"

    var frame: PageFrame
    /// The token that the form carries; empty if the link is invalid, and then there is no form.
    var token = ""
    /// The account's address; also read by the browser's password manager.
    var email = ""
    var passwordError: String?
    /// An error of the form as a whole.
    var error: String?

    static let fields: [TemplateField<ResetPage>] = [
        .model("page", \.frame),
        .text("token") { $0.token },
        .text("email") { $0.email },
        .optionalText("password_error") { $0.passwordError },
        .optionalText("error") { $0.error },
    ]
}
