import Auth
import Templating

/// A button that leads to a sign-in provider.
struct ProviderButton: TemplateModel {
    let provider: SignInProvider

    static let fields: [TemplateField<ProviderButton>] = [
        .text("name") { $0.provider.name },
        .text("label") { $0.provider.label },
    ]
}
