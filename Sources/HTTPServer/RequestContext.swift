/// What travels with a request from middleware to handler.
package protocol RequestContext: Sendable {
    /// What the parameters of the matched route stand for.
    var parameters: PathParameters { get set }
}

/// A context that can only be made of another one, or not at all: throwing in `init` keeps a request out, and
/// what `init` found is there, never optional, in every handler below.
package protocol ChildRequestContext: RequestContext {
    associatedtype Parent: RequestContext
    init(parent: Parent, request: Request) async throws
}

/// The decoded values of `{name}` segments, in order of appearance.
package struct PathParameters: Sendable {
    private var pairs: [(name: String, value: String)] = []

    package init() {}

    mutating func append(_ name: String, _ value: String) { pairs.append((name, value)) }

    /// - Returns: the value, or an empty string where the route has no such parameter.
    package subscript(name: String) -> String { pairs.first { $0.name == name }?.value ?? "" }
}
