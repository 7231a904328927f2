import Basics
import Calendar
import Domain
import Templating

/// A task as a row of the list.
struct DashboardRow: TemplateModel {
    var task: TaskItem
    /// The address at which the task is edited, up to its id.
    var editingPrefix: String
    var due: DueText?
    var start: DueText?
    /// How it repeats, in words.
    var repeats: String?
    var list: List?
    /// Set while this row is being edited.
    var form: TaskForm? {
        get { edited?.form }
        set { edited = newValue.map(Edited.init) }
    }
    /// The storage of `form`.
    private(set) var edited: Edited?
    /// The title that was saved elsewhere while this one was being edited.
    var conflict: Conflict?
    /// True while tasks are being selected.
    var isSelecting = false
    var isSelected = false
    /// True if tasks are in an order that can be changed.
    var isInOrder = false
    /// Set where rows come without their list.
    var place: Place?

    static let fields: [TemplateField<DashboardRow>] = [
        .text("id") { $0.task.id.rawValue },
        .model("content", \.task.content),
        .flag("is_completed") { $0.task.isCompleted },
        .flag("is_deleted") { $0.task.deletedAt != nil },
        .flag("is_subtask") { $0.task.placement.parentID != nil },
        .optionalModel("due") { $0.due },
        .optionalModel("start") { $0.start },
        .optionalModel("list") { $0.list },
        .optionalText("repeats") { $0.repeats },
        .strings("tags") { row in row.task.content.tags.map { "#" + $0.text } },
        .optionalText("progress") { row in
            let progress = row.task.progress
            return progress.total == 0 ? nil : "\(progress.completed) of \(progress.total)"
        },
        .flag("has_plan") { $0.hasPlan },
        .optionalText("due_stored") { $0.task.content.due?.storedText },
        .text("editing_prefix") { $0.editingPrefix },
        .optionalModel("form") { $0.form },
        .optionalModel("conflict") { $0.conflict },
        .optionalModel("place") { $0.place },
        .flag("is_selecting") { $0.isSelecting },
        .flag("is_selected") { $0.isSelected },
        .flag("is_in_order") { $0.isInOrder },
        // Subtasks have an order of their own below each parent.
        .flag("has_handle") { $0.isInOrder && !$0.isSelecting && $0.task.placement.parentID == nil },
    ]

    // Inlined, so that the row is not copied for it.
    @inline(__always)
    private var hasPlan: Bool {
        task.content.priority != .none || !task.content.tags.isEmpty || task.content.repeats != nil || start != nil
            || list != nil || task.progress.total > 0
    }

    /// The list that a task is in.
    struct List: TemplateModel {
        let name: String
        let color: String

        static let fields: [TemplateField<List>] = [
            .text("name") { $0.name },
            .text("color") { $0.color },
        ]
    }

    /// The texts that were saved elsewhere meanwhile.
    struct Conflict: TemplateModel {
        let title: String
        let description: String?

        init(_ content: TaskContent) {
            (title, description) = (content.title.text, content.description?.text)
        }

        static let fields: [TemplateField<Conflict>] = [
            .text("title") { $0.title },
            .optionalText("description") { $0.description },
        ]
    }

    /// A form in memory of its own: hardly any row has one, and without room for it a row is half as large.
    final class Edited: Sendable {
        let form: TaskForm

        init(_ form: TaskForm) { self.form = form }
    }

    /// The place of a row in the lists of a page.
    struct Place: TemplateModel {
        /// The id of the list's element; empty for none.
        let list: String
        /// The id of the row before it; empty for the first.
        let after: String

        static let fields: [TemplateField<Place>] = [
            .text("list") { $0.list },
            .text("after") { $0.after },
        ]
    }
}

extension DueText: TemplateModel {
    static let fields: [TemplateField<DueText>] = [
        .text("text") { $0.text },
        .text("full") { $0.full },
        .text("urgency") { $0.urgency.rawValue },
        .optionalText("language") { $0.language },
    ]
}
