import Basics
import Domain
import Templating

/// The list: add, filter, edit in place, complete, delete, paginate.
struct DashboardPage: Page {
    static let template = "pages/dashboard"

    var frame: PageFrame
    var notice: Notice?
    var draft = TaskForm()
    /// A draft from another account; read-only, and never submitted.
    var kept: TaskForm?
    var filters: [Filter]
    var tasks: [Row]
    /// The list's state as carried by forms, so that an action returns to the same view.
    var here: String
    /// The next page; nil on the last.
    var olderURL: String?
    /// The first page; nil when this is it.
    var newestURL: String?
    /// The heading of an empty list.
    var emptyHeading: String
    var emptyAdvice: String

    static let fields: [TemplateField<DashboardPage>] = [
        .model("page") { $0.frame },
        .optionalModel("notice") { $0.notice },
        .model("draft") { $0.draft },
        .optionalModel("kept") { $0.kept },
        .list("filters") { $0.filters },
        .list("tasks") { $0.tasks },
        .text("here") { $0.here },
        .optionalText("older_url") { $0.olderURL },
        .optionalText("newest_url") { $0.newestURL },
        .text("empty_heading") { $0.emptyHeading },
        .text("empty_advice") { $0.emptyAdvice },
    ]

    struct Filter: TemplateModel {
        var label: String
        var url: String
        var isCurrent: Bool

        static let fields: [TemplateField<Filter>] = [
            .text("label") { $0.label },
            .text("url") { $0.url },
            .flag("is_current") { $0.isCurrent },
        ]
    }

    /// The last action's outcome, and how to undo it.
    struct Notice: TemplateModel {
        var text: String
        /// The deleted task that can be restored.
        var restorableID: String?

        static let fields: [TemplateField<Notice>] = [
            .text("text") { $0.text },
            .optionalText("restorable_id") { $0.restorableID },
        ]
    }

    struct Row: TemplateModel {
        var task: TaskItem
        var editURL: String
        /// The reader's zone, which is not named.
        var zone: String?
        /// The name of its list; nil for the Inbox.
        var list: String?
        /// Set while this row is being edited.
        var form: TaskForm?

        static let fields: [TemplateField<Row>] = [
            .text("id") { $0.task.id.rawValue },
            .model("content") { $0.task.content },
            .flag("is_completed") { $0.task.isCompleted },
            .optionalText("due") { row in row.task.content.due?.shortText(in: row.zone) },
            .optionalText("start") { row in row.task.content.start?.shortText(in: row.zone) },
            .optionalText("list") { $0.list },
            .optionalText("repeats") { row in
                row.task.content.repeats.map { TaskMoreForm.words(for: $0.storedText) }
            },
            .optionalText("tags") { row in
                row.task.content.tags.isEmpty ? nil : row.task.content.tags.map { "#" + $0.text }.joined(separator: " ")
            },
            .optionalText("progress") { row in
                let progress = row.task.progress
                return progress.total == 0 ? nil : "\(progress.completed) of \(progress.total) done"
            },
            .flag("has_plan") { $0.hasPlan },
            .optionalText("due_stored") { $0.task.content.due?.storedText },
            .text("when") { $0.when },
            .text("when_machine") { ($0.task.completedAt ?? $0.task.createdAt).rfc3339 },
            .text("edit_url") { $0.editURL },
            .optionalModel("form") { $0.form },
        ]

        private var hasPlan: Bool {
            let content = task.content
            return content.due != nil || content.start != nil || content.priority != .none || !content.tags.isEmpty
                || list != nil || task.progress.total > 0
        }

        /// `Added 21 Nov 2026`, in UTC; the page's script converts it to local time.
        private var when: String {
            let time = task.completedAt ?? task.createdAt
            return (task.isCompleted ? "Done " : "Added ") + time.shortDate
        }
    }
}

extension DashboardPage {
    /// Offers the account's lists in the forms, and names those of the tasks.
    mutating func offer(_ lists: [TaskList]) {
        draft.more.lists = lists
        for index in tasks.indices {
            let id = tasks[index].task.placement.listID
            tasks[index].list = id == .inbox ? nil : lists.first { $0.id == id }?.name.text
            tasks[index].form?.more.lists = lists
        }
    }
}
