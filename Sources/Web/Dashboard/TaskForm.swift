import Basics
import Calendar
import Crypto
import Domain
import Templating

/// The form for creating or editing a task.
struct TaskForm: TemplateModel {
    var title = FormField()
    var description = FormField()
    /// A due date, a repeat or both in words, which win over the fields for them.
    var when = FormField()
    var plan = TaskPlanForm()
    var more = TaskMoreForm()
    /// That of the task when the form was made; empty for a form that does not say.
    var version = ""

    static let fields: [TemplateField<TaskForm>] = [
        .model("title", \.title),
        .model("description", \.description),
        .model("when", \.when),
        .model("plan", \.plan),
        .model("more", \.more),
        .text("version") { $0.version },
        .flag("has_more") {
            !$0.description.value.isEmpty || $0.plan.isUsed || $0.plan.hasErrors || $0.more.isUsed
        },
    ]

    /// An empty form.
    /// - Parameter zone: the zone of times that are entered; empty for floating ones.
    init(zone: String = "") { plan = TaskPlanForm(zone: zone) }

    init(_ task: TaskItem, newZone: String) throws {
        let content = task.content
        version = try Self.version(of: task)
        more = TaskMoreForm(task)
        title.value = content.title.text
        description.value = content.description?.text ?? ""
        plan = TaskPlanForm(content, newZone: newZone)
    }

    /// - Parameter input: the text that was typed into the field of this name.
    init(input: (String) -> String?) {
        title.value = input("title") ?? ""
        version = input("version") ?? ""
        description.value = input("description") ?? ""
        when.value = input("when") ?? ""
        plan = TaskPlanForm(input: input)
        more = TaskMoreForm(input: input)
    }

    /// A digest of what the form changes. Ticking a task off elsewhere does not make its form outdated.
    static func version(of task: TaskItem) throws -> String {
        let content = task.content
        let texts = JoinedTexts([
            content.title.text, content.description?.text ?? "", content.due?.storedText ?? "",
            content.start?.storedText ?? "", content.priority.rawValue, content.repeats?.storedText ?? "",
            content.tags.storedText, content.reminders.map(\.storedText).joined(separator: " "),
            task.placement.listID.rawValue, task.placement.parentID?.rawValue ?? "",
        ])
        return Base64URL.encode(Array(try SHA256.hash(texts.bytes).prefix(12)))
    }

    /// Takes over another form's input; the lists and tasks to choose from stay.
    mutating func take(_ form: TaskForm) {
        let (lists, usualListID, parents) = (more.lists, more.usualListID, more.parents)
        self = form
        more.lists = lists
        more.parents = parents
        more.usualListID = usualListID
    }

    /// Shows each issue beside its field.
    mutating func show(_ issues: [FieldIssue]) {
        title.error = issues.message(for: "title")
        description.error = issues.message(for: "description")
        when.error = issues.message(for: "when")
        plan.show(issues)
        more.show(issues)
    }

    /// The input as changes to a task; an empty text is none, and fields that the form does not have are kept.
    /// - Parameter readWords: reads the words for a date, if there are any.
    /// - Throws: `AppError.invalid` with the issues of all fields.
    func changes(
        in zones: TimeZoneDatabase, reading readWords: (String) -> QuickAddWhen? = { _ in nil }
    ) throws -> TaskChanges {
        var issues = FieldIssues()
        var changes = TaskChanges()
        changes.title = try issues.check { try TaskTitle(title.value) }
        changes.description = try issues.check { Patch(try Self.text(description, "description")) } ?? .keep
        try plan.read(into: &changes, &issues, in: zones)
        try more.read(into: &changes, &issues)
        if when.value.isVisible {
            if let read = readWords(when.value) {
                changes.due = .set(read.due)
                if let repeats = read.repeats { changes.repeats = .set(repeats) }
            } else {
                let sentence = "Enter a day, a time or a repeat, such as “friday 17:00” or “every month”."
                issues.add(FieldIssue("when", sentence, .wrongValue))
            }
        }
        try issues.finish()
        return changes
    }

    /// The input as a new task.
    /// - Parameter quickAdd: reads the title as a line of quick add; what other fields say wins over it.
    func draft(
        in zones: TimeZoneDatabase, reading quickAdd: ((String) async throws -> (QuickAdd, ListID?))?
    ) async throws -> TaskDraft {
        var (form, line) = (self, TaskChanges())
        if let quickAdd {
            let (read, list) = try await quickAdd(try QuickAdd.line(title.value, field: "title"))
            form.title.value = read.title
            if !read.title.isEmpty { line = try TaskChanges(read) }
            line.listID = list
        }
        var changes = try form.changes(in: zones)
        if changes.due.value == nil {
            changes.due = line.due
            if changes.repeats.value == nil { changes.repeats = line.repeats }
        }
        if changes.description.value == nil { changes.description = line.description }
        if (changes.priority ?? TaskPriority.none) == TaskPriority.none { changes.priority = line.priority }
        changes.tags = (changes.tags ?? []).adding(line.tags ?? [])
        changes.listID = line.listID ?? changes.listID
        guard let title = changes.title else { throw AppError.invalid([]) }
        return TaskDraft(
            changes.applied(to: TaskContent(title: title, description: nil)), listID: changes.listID)
    }

    private static func text(_ field: FormField, _ name: String) throws -> TaskText? {
        let text = field.value.normalizingLineEnds()
        return text.isEmpty ? nil : try TaskText(text, field: name)
    }
}

/// A task's content as the list shows it.
extension TaskContent: TemplateModel {
    package static let fields: [TemplateField<TaskContent>] = [
        .text("title") { $0.title.text },
        .optionalText("description") { $0.description?.text },
        .optionalText("priority") { $0.priority == .none ? nil : $0.priority.rawValue.withInitialCapital },
        .text("priority_name") { $0.priority.rawValue },
    ]
}

extension String {
    /// CR LF becomes LF, byte by byte.
    fileprivate func normalizingLineEnds() -> String {
        var output: [UInt8] = []
        output.reserveCapacity(utf8.count)
        for byte in utf8 {
            if byte == 0x0A, output.last == 0x0D { output.removeLast() }
            output.append(byte)
        }
        return String(decoding: output, as: UTF8.self)
    }
}
