/// The result of a write.
package struct Written<Value: Sendable>: Sendable {
    package let value: Value
    /// The change, for undoing it; nil if nothing changed.
    package let undo: UndoID?
    /// The change of the account's size in bytes; may be negative.
    package var growth: Int64

    package init(_ value: Value, undo: UndoID?, growth: Int64) {
        (self.value, self.undo, self.growth) = (value, undo, growth)
    }

    package func map<Other: Sendable>(_ transform: (Value) throws -> Other) rethrows -> Written<Other> {
        Written<Other>(try transform(value), undo: undo, growth: growth)
    }
}
