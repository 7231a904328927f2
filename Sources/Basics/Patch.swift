/// A change of an optional value.
package enum Patch<Value: Sendable & Hashable>: Sendable, Hashable {
    case keep
    case set(Value)
    case clear

    /// Sets the value, or clears it if there is none.
    package init(_ value: Value?) { self = value.map(Patch.set) ?? .clear }

    package var isKept: Bool { self == .keep }

    /// The new value; nil if it is kept or cleared.
    package var value: Value? {
        if case .set(let value) = self { value } else { nil }
    }

    /// The value after the change.
    package func applied(to old: Value?) -> Value? {
        switch self {
        case .keep: old
        case .set(let value): value
        case .clear: nil
        }
    }
}
