import Templating

/// `/docs`: the API for developers, generated from the same operations as `/openapi.json`.
struct DocsPage: Page {
    static let template = "pages/docs"

    var frame: PageFrame
    /// The origin used in examples, `https://tasks.example.com`.
    var origin: String
    /// The sign-in example, before the first chapter.
    var example: String
    var chapters: [Chapter]

    static let fields: [TemplateField<DocsPage>] = [
        .model("page") { $0.frame },
        .text("origin") { $0.origin },
        .text("example") { $0.example },
        .list("chapters") { $0.chapters },
    ]

    struct Chapter: TemplateModel {
        var title: String
        var anchor: String
        var text: String
        var operations: [Entry]

        static let fields: [TemplateField<Chapter>] = [
            .text("title") { $0.title },
            .text("anchor") { $0.anchor },
            .text("text") { $0.text },
            .list("operations") { $0.operations },
        ]
    }

    /// One operation, at its primary path.
    struct Entry: TemplateModel {
        var anchor: String
        var method: String
        var path: String
        var summary: String
        var text: String
        /// Other paths of the same operation.
        var alsoAt: [String]
        /// The required authentication.
        var access: String
        var parameters: [Field]
        var body: [Field]
        var bodyNote: String
        var answers: [AnswerLine]
        var request: String
        /// The body on success; empty if there is none.
        var response: String

        static let fields: [TemplateField<Entry>] = [
            .text("anchor") { $0.anchor },
            .text("method") { $0.method },
            .text("path") { $0.path },
            .text("summary") { $0.summary },
            .text("text") { $0.text },
            .strings("also_at") { $0.alsoAt },
            .text("access") { $0.access },
            .list("parameters") { $0.parameters },
            .list("body") { $0.body },
            .text("body_note") { $0.bodyNote },
            .list("answers") { $0.answers },
            .text("request") { $0.request },
            .text("response") { $0.response },
        ]
    }

    /// A parameter, or a field of a body.
    struct Field: TemplateModel {
        var name: String
        /// `text, 1–200 characters`
        var kind: String
        var note: String
        var isRequired: Bool

        static let fields: [TemplateField<Field>] = [
            .text("name") { $0.name },
            .text("kind") { $0.kind },
            .text("note") { $0.note },
            .flag("is_required") { $0.isRequired },
        ]
    }

    struct AnswerLine: TemplateModel {
        /// `404 Not Found`
        var status: String
        /// Possible meanings: independent sentences, of which one applies.
        var meanings: [String]
        /// The body; empty if there is none.
        var content: String

        static let fields: [TemplateField<AnswerLine>] = [
            .text("status") { $0.status },
            .strings("meanings") { $0.meanings },
            .text("content") { $0.content },
        ]
    }
}
