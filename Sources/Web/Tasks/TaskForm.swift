import Domain
import Templating

/// The form for creating or editing a task.
struct TaskForm: TemplateModel {
    var title = FormField()
    var description = FormField()

    static let fields: [TemplateField<TaskForm>] = [
        .model("title") { $0.title },
        .model("description") { $0.description },
    ]

    init() {}

    init(_ content: TaskContent) {
        title.value = content.title.text
        description.value = content.description?.text ?? ""
    }

    /// - Parameter input: the text that was typed into the field of this name.
    init(input: (String) -> String?) {
        title.value = input("title") ?? ""
        description.value = input("description") ?? ""
    }

    /// Shows each issue beside its field.
    mutating func show(_ issues: [FieldIssue]) {
        title.error = issues.message(for: "title")
        description.error = issues.message(for: "description")
    }

    /// The input as valid content; an empty text is none.
    /// - Throws: `AppError.invalid` with the issues of all fields.
    func content() throws -> TaskContent {
        var issues = FieldIssues()
        let title = try issues.check { try TaskTitle(self.title.value) }
        let description = try issues.check { try Self.text(self.description, "description") }
        guard let title, let description else { throw AppError.invalid(issues.all) }
        return TaskContent(title: title, description: description)
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
