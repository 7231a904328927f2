/// A field whose model type has been erased: the kind, known at start, and the way to the value.
enum FieldValue: Sendable {
    typealias Getter<Value> = @Sendable (any TemplateModel) -> Value
    typealias ListVisit = @Sendable (any TemplateModel, (any TemplateModel, LoopPosition) -> Void) -> Void

    case text(Getter<String?>)
    case number(Getter<Int?>)
    case flag(Getter<Bool>)
    case model(type: any TemplateModel.Type, isOptional: Bool, Getter<(any TemplateModel)?>)
    case list(type: any TemplateModel.Type, isEmpty: Getter<Bool>, visit: ListVisit)
    case strings(Getter<[String]>)
    case html(Getter<TrustedHTML?>)

    /// What an error message calls it.
    var kind: String {
        switch self {
        case .text: "a text"
        case .number: "a number"
        case .flag: "a flag"
        case .model: "a model"
        case .list: "a list"
        case .strings: "a list of texts"
        case .html: "markup"
        }
    }

    /// The same field, starting one model further out: `name` of a user becomes `user.name` of a page.
    func reached(through outer: @escaping Getter<(any TemplateModel)?>) -> FieldValue {
        switch self {
        case .text(let get): .text { outer($0).flatMap(get) }
        case .number(let get): .number { outer($0).flatMap(get) }
        case .flag(let get): .flag { outer($0).map(get) ?? false }
        case .model(let type, let isOptional, let get):
            .model(type: type, isOptional: isOptional) { outer($0).flatMap(get) }
        case .list(let type, let isEmpty, let visit):
            .list(
                type: type, isEmpty: { outer($0).map(isEmpty) ?? true },
                visit: { model, body in
                    if let inner = outer(model) { visit(inner, body) }
                })
        case .strings(let get): .strings { outer($0).map(get) ?? [] }
        case .html(let get): .html { outer($0).flatMap(get) }
        }
    }
}

/// Where a loop is: `index` counts from 1.
struct LoopPosition: Sendable {
    var index: Int
    let count: Int
}
