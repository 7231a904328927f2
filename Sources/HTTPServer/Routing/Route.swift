import NIOHTTP1

/// The description of a route's input and output, which the router carries along without inspecting it.
package protocol RouteDescription: Sendable {}

/// One line of the site map.
package struct Route: Sendable {
    package let method: HTTPMethod
    /// `/api/{user_id}/tasks`
    package let path: String
    package let summary: String
    /// The contexts that have to be made for the route, outermost first.
    package let contexts: [Any.Type]
    /// The description of its input and output; nil for an undocumented route.
    package let description: (any RouteDescription)?
    package let attributes: RouteAttributes

    /// The scope that a scoped bearer token needs here; nil if none is admitted.
    package var scope: String? { method == .GET ? attributes.scopes.toRead : attributes.scopes.toChange }

    /// Tells whether a request must satisfy this context to be admitted.
    package func requires(_ context: Any.Type) -> Bool { contexts.contains { $0 == context } }
}
