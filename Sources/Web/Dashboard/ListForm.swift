import Basics
import Domain
import HTTPServer
import Templating

/// The form that creates or changes a list. A new one gets a colour of its own.
struct ListForm: TemplateModel {
    var id = ""
    var name = FormField()
    var color: ListColor?

    static let fields: [TemplateField<ListForm>] = [
        .text("url") { "/lists/" + $0.id },
        .model("name", \.name),
        .list("colors") { form in
            form.id.isEmpty
                ? []
                : ListColor.allCases.map { color in
                    FormChoice(
                        value: color.rawValue, label: color.rawValue.withInitialCapital, isChosen: color == form.color)
                }
        },
    ]

    init() {}

    init(_ list: TaskList) {
        (id, name, color) = (list.id.rawValue, FormField(value: list.name.text), list.color)
    }

    init(_ fields: FormFields) {
        name = FormField(value: fields["name"] ?? "")
        color = fields["color"].flatMap(ListColor.init(rawValue:))
    }
}
