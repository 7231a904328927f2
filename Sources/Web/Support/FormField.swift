import Domain
import Templating

/// A form field: its input, shown again, and its error.
struct FormField: TemplateModel {
    var value = ""
    var error: String?

    static let fields: [TemplateField<FormField>] = [
        .text("value") { $0.value },
        .optionalText("error") { $0.error },
    ]
}

extension [FieldIssue] {
    /// The message to show beside a field.
    func message(for field: String) -> String? { first { $0.field == field }?.message }
}
