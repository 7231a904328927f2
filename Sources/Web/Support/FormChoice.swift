import Templating

/// An option of a list in a form.
struct FormChoice: TemplateModel {
    let value: String
    let label: String
    let isChosen: Bool

    static let fields: [TemplateField<FormChoice>] = [
        .text("value") { $0.value },
        .text("label") { $0.label },
        .flag("is_chosen") { $0.isChosen },
    ]
}
