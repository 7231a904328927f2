/// Where the values of a model lie while a page is rendered.
///
/// Templates are resolved against types when the program starts: every getter is asked only for models of the type
/// that it was written for, so what is read here is what lies here. Copying models into existential boxes instead,
/// with a reference count for each of their strings, took two thirds of the time of a page.
@usableFromInline
struct ModelPointer {
    @usableFromInline let address: UnsafeRawPointer

    @inlinable
    init(address: UnsafeRawPointer) { self.address = address }

    /// Lends the model's place to `use`; it must not be kept.
    @inlinable
    static func with<Model: TemplateModel, Value>(_ model: Model, _ use: (ModelPointer) throws -> Value) rethrows
        -> Value
    {
        try withUnsafePointer(to: model) { try use(ModelPointer(address: UnsafeRawPointer($0))) }
    }

    /// Goes through the places of all items; they must not be kept.
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

    /// What `get` reads of the model, which must be one of this type.
    @inlinable @inline(__always)
    func read<Model: TemplateModel, Value>(_ get: (Model) -> Value) -> Value {
        get(address.assumingMemoryBound(to: Model.self).pointee)
    }
}
