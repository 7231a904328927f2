import Basics
import Calendar
import Domain
import Templating

/// The fields of a task's form for its list, parent, tags, repeat and reminders.
struct TaskMoreForm: TemplateModel {
    /// Separated by commas; nil if the form has no such field.
    var tags: FormField? = FormField()
    /// `TaskRepeat.storedText`, or empty; nil if the form has no such field.
    var repeats: String? = ""
    /// Durations and times as `Reminder.storedText`, separated by spaces; nil if the form has no such field.
    var reminders: String? = ""
    /// Nil if the form has no such field.
    var listID: String? = ListID.inbox.rawValue
    /// The lists to choose from.
    var lists: [TaskList] = []
    /// The list that is chosen as long as the user chooses no other.
    var usualListID = ListID.inbox.rawValue
    /// The task that this one is a part of, or empty; nil if the form has no such field.
    var parentID: String?
    /// That before it was edited.
    var formerParentID = ""
    /// The tasks to choose from.
    var parents: [TaskItem] = []
    var parentError: String?
    var repeatError: String?
    var listError: String?
    /// The tags before they were edited, as a name may have a comma in it.
    var formerTags = ""

    static let fields: [TemplateField<TaskMoreForm>] = [
        .model("tags") { $0.tags ?? FormField() },
        .list("repeats") { $0.repeatChoices },
        .optionalText("repeat_error") { $0.repeatError },
        .optionalText("list_error") { $0.listError },
        .text("former_tags") { $0.formerTags },
        .list("reminders") { $0.reminderChoices },
        .list("lists") { $0.listChoices },
        .flag("has_lists") { $0.lists.count > 1 },
        .flag("has_parents") { !$0.parents.isEmpty },
        .list("parents") { $0.parentChoices },
        .text("former_parent") { $0.formerParentID },
        .optionalText("parent_error") { $0.parentError },
    ]

    init() {}

    init(_ task: TaskItem) {
        tags = FormField(value: task.content.tags.map(\.text).joined(separator: ", "))
        formerTags = tags?.value ?? ""
        repeats = task.content.repeats?.storedText ?? ""
        reminders = task.content.reminders.map(\.storedText).joined(separator: " ")
        listID = task.placement.listID.rawValue
        formerParentID = task.placement.parentID?.rawValue ?? ""
        parentID = formerParentID
    }

    /// - Parameter input: the text that was typed into the field of this name.
    init(input: (String) -> String?) {
        tags = input("tags").map { FormField(value: $0) }
        formerTags = input("former_tags") ?? ""
        repeats = input("repeat")
        reminders = input("reminders")
        listID = input("list_id")
        parentID = input("parent_id")
        formerParentID = input("former_parent_id") ?? ""
    }

    /// True if the user filled in any of the fields.
    var isUsed: Bool {
        [tags?.value, repeats, reminders].contains { !($0 ?? "").isEmpty }
            || listID ?? usualListID != usualListID || hasErrors
    }

    var hasErrors: Bool { tags?.error != nil || repeatError != nil || listError != nil || parentError != nil }

    mutating func show(_ issues: [FieldIssue]) {
        tags?.error = issues.message(for: "tags")
        repeatError = issues.message(for: "repeat") ?? issues.message(for: "reminders")
        listError = issues.message(for: "list_id")
        parentError = issues.message(for: "parent_id")
    }

    /// Writes the fields of the form into changes of a task, and notes their issues.
    func read(into changes: inout TaskChanges, _ issues: inout FieldIssues) throws {
        if let tags, tags.value.isEmpty || tags.value != formerTags {
            changes.tags = try issues.check {
                let names = tags.value.split(separator: ",").filter(\.isVisible)
                return [ItemName]().adding(try names.map { try ItemName(String($0), field: "tags") })
            }
        }
        // The form offers no other values than these.
        if let repeats { changes.repeats = Patch(TaskRepeat(stored: repeats)) }
        if let reminders {
            changes.reminders = reminders.split(separator: " ").compactMap { Reminder(stored: String($0)) }
        }
        if let listID, let id = ListID(untrusted: listID) { changes.listID = id }
        guard let parentID, parentID != formerParentID else { return }
        changes.parentID = Patch(TaskID(untrusted: parentID))
        // A subtask is in the list of its parent.
        if changes.parentID.value != nil { changes.listID = nil }
    }

    // MARK: Choices

    private static let commonRepeats =
        [("", "Never")]
        + [
            "due;FREQ=DAILY", "due;FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "due;FREQ=WEEKLY", "due;FREQ=MONTHLY",
            "due;FREQ=YEARLY",
        ].map { ($0, words(for: $0)) }
    private static let commonReminders = [
        ("", "None"), ("PT0S", "When it is due"), ("PT10M", "10 minutes before"), ("PT1H", "An hour before"),
        ("P1D", "A day before"),
    ]

    private var repeatChoices: [FormChoice] {
        Self.choices(Self.commonRepeats, repeats ?? "", other: Self.words(for: repeats ?? ""))
    }

    private static func words(for repeats: String) -> String {
        TaskRepeat(stored: repeats).map { RepeatText($0).text } ?? "Custom"
    }

    private var reminderChoices: [FormChoice] {
        let count = (reminders ?? "").split(separator: " ").count
        return Self.choices(
            Self.commonReminders, reminders ?? "", other: count == 1 ? "At another time" : "\(count) reminders")
    }

    private var listChoices: [FormChoice] {
        lists.filter { !$0.isArchived || $0.id.rawValue == listID }.map { list in
            FormChoice(value: list.id.rawValue, label: list.name.text, isChosen: list.id.rawValue == listID)
        }
    }

    private var parentChoices: [FormChoice] {
        let known = [("", "No other task")] + parents.map { ($0.id.rawValue, $0.content.title.text) }
        return Self.choices(known, parentID ?? "", other: "The task that was chosen")
    }

    /// The common choices, and the present one if it is not among them.
    private static func choices(_ common: [(String, String)], _ chosen: String, other: String) -> [FormChoice] {
        var all = common.map { FormChoice(value: $0.0, label: $0.1, isChosen: $0.0 == chosen) }
        if !all.contains(where: \.isChosen) { all.append(FormChoice(value: chosen, label: other, isChosen: true)) }
        return all
    }
}
