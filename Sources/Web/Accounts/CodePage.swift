import Templating

/// The page that asks for the code that was mailed to an address, before its account is signed in.
struct CodePage: Page {
    static let template = "pages/code"

    var frame: PageFrame
    var email: String
    /// The proof of the password that was just given, sealed.
    var ticket: String
    var notice: String?
    var codeError: String?
    /// An error of the form as a whole.
    var error: String?

    static let fields: [TemplateField<CodePage>] = [
        .model("page", \.frame),
        .text("email") { $0.email },
        .text("ticket") { $0.ticket },
        .optionalText("notice") { $0.notice },
        .optionalText("code_error") { $0.codeError },
        .optionalText("error") { $0.error },
    ]
}
