import Templating

/// The page that asks an admin for the password before an action.
struct AdminConfirmPage: Page {
    static let template = "pages/admin-confirm"

    var frame: PageFrame
    /// The page that follows.
    let next: String
    let email: String
    let error: String?

    static let fields: [TemplateField<AdminConfirmPage>] = [
        .model("page", \.frame),
        .text("next") { $0.next },
        .text("email") { $0.email },
        .optionalText("error") { $0.error },
    ]
}
