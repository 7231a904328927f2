import Templating

/// The form that signs in.
struct LoginPage: Page {
    static let template = "pages/login"

    var frame: PageFrame
    var email = ""
    /// Where to go on afterwards; empty for the dashboard.
    var next = ""
    /// A task that was being typed when the session ended, sealed.
    var draft: String?
    /// Why the last try failed.
    var error: String?
    /// Something good to know, such as that signing out has worked.
    var notice: String?

    static let fields: [TemplateField<LoginPage>] = [
        .model("page") { $0.frame },
        .text("email") { $0.email },
        .text("next") { $0.next },
        .optionalText("draft") { $0.draft },
        .optionalText("error") { $0.error },
        .optionalText("notice") { $0.notice },
    ]
}
