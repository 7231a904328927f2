import Templating

/// The page that a link to a new address leads to: a button gives the account that address.
struct EmailChangePage: Page {
    static let template = "pages/email-change"

    var frame: PageFrame
    /// The token that the form carries; empty if there is nothing to confirm.
    var token = ""
    /// The address that the account has now.
    var email = ""
    var newEmail = ""
    /// The address that the form returns to; empty for ours.
    var next = ""
    var isChanged = false
    /// The reason why the link is refused.
    var error: String?

    static let fields: [TemplateField<EmailChangePage>] = [
        .model("page", \.frame),
        .text("token") { $0.token },
        .text("email") { $0.email },
        .text("new_email") { $0.newEmail },
        .text("next") { $0.next },
        .flag("is_changed") { $0.isChanged },
        .optionalText("error") { $0.error },
    ]
}
