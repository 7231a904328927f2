/// The address of a model's values while a page is rendered.
///
/// Templates are resolved against types at startup: every getter is called only with models of the type that it was
/// written for, so the memory always has the type that is read. Values are read in place and never copied into
/// existential boxes, which would retain each of their strings.
@usableFromInline
struct ModelPointer {
    @usableFromInline let address: UnsafeRawPointer

    @inlinable
    init(address: UnsafeRawPointer) { self.address = address }

    /// Lends the model's address to `use`; it must not escape.
    @inlinable
    static func with<Model: TemplateModel, Value>(_ model: Model, _ use: (ModelPointer) throws -> Value) rethrows
        -> Value
    {
        try withUnsafePointer(to: model) { try use(ModelPointer(address: UnsafeRawPointer($0))) }
    }

    /// Visits the addresses of all items; they must not escape.
    @inlinable
    static func each<Model: TemplateModel>(_ models: [Model], _ use: (ModelPointer, LoopPosition) -> Void) {
        models.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            var position = LoopPosition(index: 0, count: buffer.count)
            for index in buffer.indices {
                position.index += 1
                use(ModelPointer(address: UnsafeRawPointer(start + index)), position)
            }
        }
    }

    /// The result of `get` for the model, which must be of this type.
    @inlinable @inline(__always)
    func read<Model: TemplateModel, Value>(_ get: (Model) -> Value) -> Value {
        get(address.assumingMemoryBound(to: Model.self).pointee)
    }
}
