import Templating

/// The form that mails a link to set a new password.
struct ForgotPage: Page {
    static let template = "pages/forgot"

    var frame: PageFrame
    var email = ""
    var emailError: String?
    /// An error of the form as a whole.
    var error: String?
    /// True after an e-mail was asked for.
    var isSent = false
    /// The errors of the form with the code from the e-mail.
    var codeError: String?
    var passwordError: String?
    /// False if this server sends no mail.
    var hasMail: Bool

    static let fields: [TemplateField<ForgotPage>] = [
        .model("page", \.frame),
        .text("email") { $0.email },
        .optionalText("email_error") { $0.emailError },
        .optionalText("error") { $0.error },
        .flag("is_sent") { $0.isSent },
        .optionalText("code_error") { $0.codeError },
        .optionalText("password_error") { $0.passwordError },
        .flag("has_mail") { $0.hasMail },
    ]
}
