/// A type whose values a template may read. `fields` is the whole list of names the template sees; a name that is
/// not in it stops the program at start.
///
///     struct TaskRow: TemplateModel {
///         var title: String
///         var isDone: Bool
///         static var fields: [TemplateField<Self>] {
///             [.text("title") { $0.title }, .flag("isDone") { $0.isDone }]
///         }
///     }
///
/// A model may contain itself (a comment with its answers): the list is only read as far as the templates go.
package protocol TemplateModel: Sendable {
    static var fields: [TemplateField<Self>] { get }
}

/// A model that fills a whole page.
package protocol Page: TemplateModel {
    /// The template's name below the library's directory, without `.html`: `pages/dashboard`.
    static var template: String { get }
}

/// One name of a model, with the way to its value.
///
/// Conditions read every kind but `model`: a text or markup is true when it is not empty, a number when it is not
/// zero, a list when it has items, an optional when it is there (and an optional text also not empty).
package struct TemplateField<Model: TemplateModel>: Sendable {
    let name: String
    let value: FieldValue

    package static func text(_ name: String, _ get: @escaping @Sendable (Model) -> String) -> Self {
        Self(name: name, value: .text { withModel($0, get) })
    }

    /// Nil prints nothing and is false.
    package static func optionalText(_ name: String, _ get: @escaping @Sendable (Model) -> String?) -> Self {
        Self(name: name, value: .text { withModel($0, get) ?? nil })
    }

    package static func number(_ name: String, _ get: @escaping @Sendable (Model) -> Int) -> Self {
        Self(name: name, value: .number { withModel($0, get) })
    }

    /// For conditions only; printing it is an error at start.
    package static func flag(_ name: String, _ get: @escaping @Sendable (Model) -> Bool) -> Self {
        Self(name: name, value: .flag { withModel($0, get) ?? false })
    }

    package static func model<Part: TemplateModel>(
        _ name: String, _ get: @escaping @Sendable (Model) -> Part
    ) -> Self {
        Self(name: name, value: .model(type: Part.self, isOptional: false) { withModel($0, get) })
    }

    /// While it is nil, its texts print nothing, its flags are false and its lists are empty.
    package static func optionalModel<Part: TemplateModel>(
        _ name: String, _ get: @escaping @Sendable (Model) -> Part?
    ) -> Self {
        Self(name: name, value: .model(type: Part.self, isOptional: true) { withModel($0, get) ?? nil })
    }

    package static func list<Item: TemplateModel>(
        _ name: String, _ get: @escaping @Sendable (Model) -> [Item]
    ) -> Self {
        let visit: FieldValue.ListVisit = { model, body in
            guard let items = withModel(model, get) else { return }
            var position = LoopPosition(index: 0, count: items.count)
            for item in items {
                position.index += 1
                body(item, position)
            }
        }
        return Self(
            name: name, value: .list(type: Item.self, isEmpty: { withModel($0, get)?.isEmpty ?? true }, visit: visit))
    }

    package static func strings(_ name: String, _ get: @escaping @Sendable (Model) -> [String]) -> Self {
        Self(name: name, value: .strings { withModel($0, get) ?? [] })
    }

    /// The only way to print markup. It is allowed in text, not in attributes, `<title>` or `<textarea>`.
    package static func html(_ name: String, _ get: @escaping @Sendable (Model) -> TrustedHTML) -> Self {
        Self(name: name, value: .html { withModel($0, get) })
    }

    /// Reads `model`, or gives nil when it is of another type, which the resolver rules out.
    private static func withModel<Value>(_ model: any TemplateModel, _ get: @escaping (Model) -> Value) -> Value? {
        func open<Actual: TemplateModel>(_ model: Actual) -> Value? {
            guard Actual.self == Model.self else { return nil }
            // `get(model as? Model)` would copy the whole model for each value that is printed, with a reference count
            // for each of its strings. The two types are one, as just checked, so those of the functions are as well.
            return unsafeBitCast(get, to: ((Actual) -> Value).self)(model)
        }
        return open(model)
    }
}
