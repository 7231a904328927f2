import Domain
import Templating

/// One field of a form: what was typed, shown again, and what is wrong with it.
struct FormField: TemplateModel {
    var value = ""
    var error: String?

    static let fields: [TemplateField<FormField>] = [
        .text("value") { $0.value },
        .optionalText("error") { $0.error },
    ]
}

extension [FieldIssue] {
    /// The sentence that belongs beside a field.
    func message(for field: String) -> String? { first { $0.field == field }?.message }
}
