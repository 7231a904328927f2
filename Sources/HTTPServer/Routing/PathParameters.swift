/// The decoded values of `{name}` segments, in order of appearance.
package struct PathParameters: Sendable {
    private var pairs: [(name: String, value: String)] = []

    package init() {}

    mutating func append(_ name: String, _ value: String) { pairs.append((name, value)) }

    /// - Returns: the value, or an empty string if the route has no such parameter.
    package subscript(name: String) -> String { pairs.first { $0.name == name }?.value ?? "" }
}
