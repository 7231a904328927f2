import Templating

/// A list of tasks, such as a server renders most: a layout, a form, links, and a part for each task.
struct ListPage: Page {
    static let template = "pages/list"

    var frame: Frame
    var notice: Notice?
    var draft = Form()
    var filters: [Link]
    var tasks: [Row]
    /// The address of the page, which forms carry along.
    var here: String
    var newestURL: String?
    var olderURL: String?
    var emptyHeading: String
    var emptyAdvice: String

    static let fields: [TemplateField<ListPage>] = [
        .model("page", \.frame),
        .optionalModel("notice") { $0.notice },
        .model("draft", \.draft),
        .list("filters") { $0.filters },
        .list("tasks") { $0.tasks },
        .text("here") { $0.here },
        .optionalText("newest_url") { $0.newestURL },
        .optionalText("older_url") { $0.olderURL },
        .text("empty_heading") { $0.emptyHeading },
        .text("empty_advice") { $0.emptyAdvice },
    ]

    /// The model of the layout.
    struct Frame: TemplateModel {
        var title: String
        var stylesheet: String
        var script: String
        var icon: String
        var userName: String?
        var formToken: String

        static let fields: [TemplateField<Frame>] = [
            .text("title") { $0.title },
            .text("stylesheet") { $0.stylesheet },
            .text("script") { $0.script },
            .text("icon") { $0.icon },
            .optionalText("user_name") { $0.userName },
            .text("form_token") { $0.formToken },
        ]
    }

    struct Notice: TemplateModel {
        var text: String
        var restorableID: String?

        static let fields: [TemplateField<Notice>] = [
            .text("text") { $0.text },
            .optionalText("restorable_id") { $0.restorableID },
        ]
    }

    struct Link: TemplateModel {
        var label: String
        var url: String
        var isCurrent: Bool

        static let fields: [TemplateField<Link>] = [
            .text("label") { $0.label },
            .text("url") { $0.url },
            .flag("is_current") { $0.isCurrent },
        ]
    }

    /// The form in which a task is written.
    struct Form: TemplateModel {
        var title = Field()
        var description = Field()

        static let fields: [TemplateField<Form>] = [
            .model("title", \.title),
            .model("description", \.description),
        ]
    }

    struct Field: TemplateModel {
        var value = ""
        var error: String?

        static let fields: [TemplateField<Field>] = [
            .text("value") { $0.value },
            .optionalText("error") { $0.error },
        ]
    }

    struct Row: TemplateModel {
        var id: String
        var title: String
        var description: String?
        var isCompleted: Bool
        /// `Added 21 Nov 2026`
        var when: String
        var whenMachine: String
        var editURL: String
        /// Set while the task is edited.
        var form: Form?

        static let fields: [TemplateField<Row>] = [
            .text("id") { $0.id },
            .text("title") { $0.title },
            .optionalText("description") { $0.description },
            .flag("is_completed") { $0.isCompleted },
            .text("when") { $0.when },
            .text("when_machine") { $0.whenMachine },
            .text("edit_url") { $0.editURL },
            .optionalModel("form") { $0.form },
        ]
    }
}
