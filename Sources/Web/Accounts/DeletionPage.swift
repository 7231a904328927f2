import Templating

/// The page that a mailed link leads to: a button requests the deletion of the account.
struct DeletionPage: Page {
    static let template = "pages/deletion"

    var frame: PageFrame
    /// The token that the form carries; empty if the link is refused.
    var token = ""
    var email = ""
    /// The address that the form returns to; empty for ours.
    var next = ""
    /// The reason why the link is refused.
    var error: String?

    static let fields: [TemplateField<DeletionPage>] = [
        .model("page", \.frame),
        .text("token") { $0.token },
        .text("email") { $0.email },
        .text("next") { $0.next },
        .optionalText("error") { $0.error },
    ]
}
