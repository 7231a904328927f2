/// A field whose model type has been erased: its kind, known at startup, and its getter.
@usableFromInline
enum FieldValue: Sendable {
    @usableFromInline typealias Getter<Value> = @Sendable (ModelPointer) -> Value
    @usableFromInline typealias ListVisit = @Sendable (ModelPointer, (ModelPointer, LoopPosition) -> Void) -> Void

    /// The way from a model to one that is part of it.
    @usableFromInline
    enum Part: Sendable {
        /// It is stored so many bytes from the start of the other.
        case stored(offset: Int)
        /// It is passed on, if it is present.
        case visited(@Sendable (ModelPointer, (ModelPointer) -> Void) -> Void)
    }

    case text(Getter<String?>)
    case number(Getter<Int?>)
    case flag(Getter<Bool>)
    case model(type: any TemplateModel.Type, isOptional: Bool, part: Part)
    case list(type: any TemplateModel.Type, isEmpty: Getter<Bool>, visit: ListVisit)
    case strings(Getter<[String]>)
    case html(Getter<TrustedHTML?>)

    /// The name of the kind in error messages.
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

    /// The same field, reached from one model further out: `name` of a user becomes `user.name` of a page.
    func reached(through outer: Part) -> FieldValue {
        switch self {
        case .text(let get): .text(Self.through(outer, get, otherwise: nil))
        case .number(let get): .number(Self.through(outer, get, otherwise: nil))
        case .flag(let get): .flag(Self.through(outer, get, otherwise: false))
        case .model(let type, let isOptional, let part):
            .model(type: type, isOptional: isOptional, part: part.reached(through: outer))
        case .list(let type, let isEmpty, let visit):
            .list(
                type: type, isEmpty: Self.through(outer, isEmpty, otherwise: true),
                visit: { model, body in outer.visit(model) { visit($0, body) } })
        case .strings(let get): .strings(Self.through(outer, get, otherwise: []))
        case .html(let get): .html(Self.through(outer, get, otherwise: nil))
        }
    }

    private static func through<Value: Sendable>(
        _ outer: Part, _ get: @escaping Getter<Value>, otherwise: Value
    ) -> Getter<Value> {
        switch outer {
        case .stored(let offset): { get(ModelPointer(address: $0.address + offset)) }
        case .visited(let visit):
            { model in
                var value = otherwise
                visit(model) { value = get($0) }
                return value
            }
        }
    }
}

extension FieldValue.Part {
    func visit(_ model: ModelPointer, _ body: (ModelPointer) -> Void) {
        switch self {
        case .stored(let offset): body(ModelPointer(address: model.address + offset))
        case .visited(let visit): visit(model, body)
        }
    }

    func reached(through outer: Self) -> Self {
        if case .stored(let outerOffset) = outer, case .stored(let offset) = self {
            return .stored(offset: outerOffset + offset)
        }
        return .visited { model, body in outer.visit(model) { self.visit($0, body) } }
    }
}
