import Templating

/// The page on which a signed-in user becomes the first admin.
struct AdminSetupPage: Page {
    static let template = "pages/admin-setup"

    var frame: PageFrame
    let email: String
    var error: String?

    static let fields: [TemplateField<AdminSetupPage>] = [
        .model("page", \.frame),
        .text("email") { $0.email },
        .optionalText("error") { $0.error },
    ]
}
