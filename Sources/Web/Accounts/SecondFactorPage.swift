import Templating

/// The page that asks for the second factor, after a right password.
struct SecondFactorPage: Page {
    static let template = "pages/second-factor"

    var frame: PageFrame
    /// The challenge, sealed for this browser.
    var ticket: String
    /// True if a recovery code is left.
    var hasCodes: Bool
    /// The options of a passkey's ceremony, as JSON; nil if the account has none.
    var passkey: String?
    /// The destination after signing in; empty for the dashboard.
    var next = ""
    /// A task that was being typed when the session ended, sealed.
    var draft: String?
    /// True if the device is not to be asked for a code for a while.
    var trusts = false
    var codeError: String?
    /// An error of the form as a whole.
    var error: String?

    static let fields: [TemplateField<SecondFactorPage>] = [
        .model("page", \.frame),
        .text("ticket") { $0.ticket },
        .flag("has_codes") { $0.hasCodes },
        .optionalText("passkey") { $0.passkey },
        .text("next") { $0.next },
        .optionalText("draft") { $0.draft },
        .flag("trusts") { $0.trusts },
        .optionalText("code_error") { $0.codeError },
        .optionalText("error") { $0.error },
    ]
}
