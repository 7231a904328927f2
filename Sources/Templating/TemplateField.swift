/// One name of a model, with its getter.
///
/// Conditions accept every kind but `model`: a text or markup is true if it is not empty, a number if it is not zero, a
/// list if it has items, an optional if it is present (and, for an optional text, not empty).
///
/// Inlinable, so that getters are compiled in the module that knows the model: elsewhere, the whole model would be
/// copied for each value that is printed.
@usableFromInline
package struct TemplateField<Model: TemplateModel>: Sendable {
    @usableFromInline let name: String
    @usableFromInline let value: FieldValue

    @usableFromInline
    init(name: String, value: FieldValue) {
        self.name = name
        self.value = value
    }

    @inlinable
    package static func text(_ name: String, _ get: @escaping @Sendable (Model) -> String) -> Self {
        Self(name: name, value: .text { $0.read(get) })
    }

    /// Nil prints nothing and is false.
    @inlinable
    package static func optionalText(_ name: String, _ get: @escaping @Sendable (Model) -> String?) -> Self {
        Self(name: name, value: .text { $0.read(get) })
    }

    @inlinable
    package static func number(_ name: String, _ get: @escaping @Sendable (Model) -> Int) -> Self {
        Self(name: name, value: .number { $0.read(get) })
    }

    /// A field for conditions only; printing it is an error at startup.
    @inlinable
    package static func flag(_ name: String, _ get: @escaping @Sendable (Model) -> Bool) -> Self {
        Self(name: name, value: .flag { $0.read(get) })
    }

    @inlinable
    package static func model<Part: TemplateModel>(
        _ name: String, _ get: @escaping @Sendable (Model) -> Part
    ) -> Self {
        Self(
            name: name,
            value: .model(
                type: Part.self, isOptional: false,
                part: .visited { model, body in ModelPointer.with(model.read(get), body) }))
    }

    /// A model that is stored in this one: nothing of it is copied, as it is if it is computed.
    @inlinable
    package static func model<Part: TemplateModel>(
        _ name: String, _ path: any KeyPath<Model, Part> & Sendable
    ) -> Self {
        guard let offset = MemoryLayout<Model>.offset(of: path) else { return model(name) { $0[keyPath: path] } }
        return Self(name: name, value: .model(type: Part.self, isOptional: false, part: .stored(offset: offset)))
    }

    /// While the model is nil, its texts print nothing, its flags are false and its lists are empty.
    @inlinable
    package static func optionalModel<Part: TemplateModel>(
        _ name: String, _ get: @escaping @Sendable (Model) -> Part?
    ) -> Self {
        Self(
            name: name,
            value: .model(
                type: Part.self, isOptional: true,
                part: .visited { model, body in
                    if let part = model.read(get) { ModelPointer.with(part, body) }
                }))
    }

    @inlinable
    package static func list<Item: TemplateModel>(
        _ name: String, _ get: @escaping @Sendable (Model) -> [Item]
    ) -> Self {
        let visit: FieldValue.ListVisit = { model, body in ModelPointer.each(model.read(get), body) }
        return Self(name: name, value: .list(type: Item.self, isEmpty: { $0.read(get).isEmpty }, visit: visit))
    }

    @inlinable
    package static func strings(_ name: String, _ get: @escaping @Sendable (Model) -> [String]) -> Self {
        Self(name: name, value: .strings { $0.read(get) })
    }

    /// The only way to print markup. It is allowed in text, not in attributes, `<title>` or `<textarea>`.
    @inlinable
    package static func html(_ name: String, _ get: @escaping @Sendable (Model) -> TrustedHTML) -> Self {
        Self(name: name, value: .html { $0.read(get) })
    }
}
