import Templating

/// `/docs`: the API for developers, generated from the same operations as `/openapi.json`.
struct DocsPage: Page {
    static let template = "pages/docs"

    var frame: PageFrame
    /// The languages of the examples, of which one is shown at a time.
    var languages: [FormChoice]
    /// The sign-in, before the first chapter.
    var examples: [Example]
    var chapters: [Chapter]

    static let fields: [TemplateField<DocsPage>] = [
        .model("page", \.frame),
        .list("languages") { $0.languages },
        .list("examples") { $0.examples },
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
        /// The operation's id in `/openapi.json`.
        var id: String
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
        /// The answers with status 400 and above.
        var refusals: [AnswerLine]
        var examples: [Example]
        /// The body on success; empty if there is none.
        var response: String
        /// The effect that is confirmed before a trial; empty if there is nothing to confirm.
        var warning: String

        static let fields: [TemplateField<Entry>] = [
            .text("id") { $0.id },
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
            .list("refusals") { $0.refusals },
            .list("examples") { $0.examples },
            .text("response") { $0.response },
            .text("warning") { $0.warning },
        ]
    }

    /// An operation in one language.
    struct Example: TemplateModel {
        var language: String
        var code: String

        static let fields: [TemplateField<Example>] = [
            .text("language") { $0.language },
            .text("code") { $0.code },
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
