import Templating

/// The page that a verification link leads to: a button confirms the address.
struct VerificationPage: Page {
    static let template = "pages/verification"

    var frame: PageFrame
    /// The token that the form carries; empty if there is nothing to confirm.
    var token = ""
    var email = ""
    /// The address that the form returns to; empty for ours.
    var next = ""
    var isVerified = false
    /// The reason why the link is refused.
    var error: String?

    static let fields: [TemplateField<VerificationPage>] = [
        .model("page", \.frame),
        .text("token") { $0.token },
        .text("email") { $0.email },
        .text("next") { $0.next },
        .flag("is_verified") { $0.isVerified },
        .optionalText("error") { $0.error },
    ]
}
