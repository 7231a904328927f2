import Templating

/// `/` for visitors: what this is, and the two ways in.
struct HomePage: Page {
    static let template = "pages/home"

    var frame: PageFrame

    static let fields: [TemplateField<HomePage>] = [.model("page") { $0.frame }]
}
