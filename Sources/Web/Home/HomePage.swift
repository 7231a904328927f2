import Templating

/// `/` for visitors: an introduction, with links to sign up and sign in.
struct HomePage: Page {
    static let template = "pages/home"

    var frame: PageFrame

    static let fields: [TemplateField<HomePage>] = [.model("page", \.frame)]
}
