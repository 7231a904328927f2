import Auth
import Templating

/// The page that leads to a sign-in provider. Browsers apply the policy for forms (CSP, `form-action`) to the redirects
/// that answer one, also to those of the provider's own, so a form leads to this page, and this page leads on.
struct ProviderPage: Page {
    static let template = "pages/provider"

    var frame: PageFrame
    let label: String
    let url: String

    static let fields: [TemplateField<ProviderPage>] = [
        .model("page", \.frame),
        .text("label") { $0.label },
        .text("url") { $0.url },
    ]
}
