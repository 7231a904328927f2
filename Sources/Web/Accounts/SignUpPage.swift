import Templating

/// The form that creates an account.
struct SignUpPage: Page {
    static let template = "pages/signup"

    var frame: PageFrame
    var email = FormField()
    var nickname = FormField()
    /// The password's error. Passwords themselves are never sent back.
    var passwordError: String?
    /// An error of the form as a whole.
    var error: String?

    static let fields: [TemplateField<SignUpPage>] = [
        .model("page") { $0.frame },
        .model("email") { $0.email },
        .model("nickname") { $0.nickname },
        .optionalText("password_error") { $0.passwordError },
        .optionalText("error") { $0.error },
    ]
}
