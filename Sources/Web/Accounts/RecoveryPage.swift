import Templating

/// The page that the link in a security notice leads to: its form recovers the account.
struct RecoveryPage: Page {
    static let template = "pages/recovery"

    var frame: PageFrame
    /// The token that the form carries; empty if the link is refused.
    var token = ""
    /// The address that the account gets back, or still has.
    var email = ""
    /// True if the account has another address now, and the form needs the password of before.
    var needsPassword = false
    /// The errors of the passwords, which are never sent back.
    var formerPasswordError: String?
    var passwordError: String?
    var error: String?

    static let fields: [TemplateField<RecoveryPage>] = [
        .model("page") { $0.frame },
        .text("token") { $0.token },
        .text("email") { $0.email },
        .flag("needs_password") { $0.needsPassword },
        .optionalText("former_password_error") { $0.formerPasswordError },
        .optionalText("password_error") { $0.passwordError },
        .optionalText("error") { $0.error },
    ]
}
