import Templating

/// The page whose script makes a passkey.
struct PasskeySetupPage: Page {
    static let template = "pages/passkey-setup"

    var frame: PageFrame
    /// The options of the ceremony, as JSON.
    let options: String
    var name: FormField

    static let fields: [TemplateField<PasskeySetupPage>] = [
        .model("page", \.frame),
        .text("options") { $0.options },
        .model("name", \.name),
    ]
}
