import Templating

/// The form that creates an account.
struct SignUpPage: Page {
    static let template = "pages/signup"

    var frame: PageFrame
    var email = FormField()
    var nickname = FormField()
    /// The token of the invitation that the form carries; empty for none.
    var invitation = ""
    /// The reason why there is no form.
    var refusal: String?
    /// The password's error. Passwords themselves are never sent back.
    var passwordError: String?
    /// An error of the form as a whole.
    var error: String?
    /// The providers to sign in with, and whether a password does, too.
    var providers: [ProviderButton] = []
    var takesPassword = true

    static let fields: [TemplateField<SignUpPage>] = [
        .model("page", \.frame),
        .model("email", \.email),
        .model("nickname", \.nickname),
        .text("invitation") { $0.invitation },
        .optionalText("refusal") { $0.refusal },
        .optionalText("password_error") { $0.passwordError },
        .optionalText("error") { $0.error },
        .list("providers") { $0.providers },
        .flag("takes_password") { $0.takesPassword },
    ]
}
