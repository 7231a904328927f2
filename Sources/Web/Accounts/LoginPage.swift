import Auth
import Templating

/// The form that signs in.
struct LoginPage: Page {
    static let template = "pages/login"

    var frame: PageFrame
    var email = ""
    /// The destination after signing in; empty for the dashboard.
    var next = ""
    /// A task that was being typed when the session ended, sealed.
    var draft: String?
    /// The texts of the draft, to be copied before a provider signs in: its page does not carry them.
    var typed = ""
    /// The options of a passkey's ceremony, as JSON; nil if browsers have none for our origin.
    var passkey: String?
    /// False after one was refused, which a browser may choose again by itself.
    var suggestsPasskeys = true
    /// True if the session is to end with the browser's.
    var isPassing = false
    /// The error of the last attempt.
    var error: String?
    /// A positive message, such as that signing out has succeeded.
    var notice: String?
    /// The providers to sign in with, and whether a password does, too.
    var providers: [ProviderButton] = []
    var takesPassword = true

    static let fields: [TemplateField<LoginPage>] = [
        .model("page", \.frame),
        .text("email") { $0.email },
        .text("next") { $0.next },
        .optionalText("draft") { $0.draft },
        .optionalText("typed") { $0.typed },
        .optionalText("passkey") { $0.passkey },
        .flag("suggests_passkeys") { $0.suggestsPasskeys },
        .flag("is_passing") { $0.isPassing },
        .optionalText("error") { $0.error },
        .list("providers") { $0.providers },
        .flag("takes_password") { $0.takesPassword },
        .optionalText("notice") { $0.notice },
    ]

    mutating func show(_ draft: FormDraft?) {
        typed = ["title", "description", "when", "tags"].compactMap { draft?.input[$0] }.filter { !$0.isEmpty }
            .joined(separator: "\n")
    }
}
