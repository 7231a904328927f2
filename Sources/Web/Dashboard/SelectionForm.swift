import Domain
import Templating

/// The form with the actions on selected tasks.
struct SelectionForm: TemplateModel {
    var lists: [TaskList]
    var error: String?

    static let fields: [TemplateField<SelectionForm>] = [
        .list("lists") { form in
            form.lists.filter { !$0.isArchived }.map {
                FormChoice(value: $0.id.rawValue, label: $0.name.text, isChosen: false)
            }
        },
        .optionalText("error") { $0.error },
    ]
}
