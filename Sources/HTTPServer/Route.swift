import NIOHTTP1

/// What a route takes and answers, in a form that the router carries along and never looks into.
package protocol RouteDescription: Sendable {}

/// One line of the site map.
package struct Route: Sendable {
    package let method: HTTPMethod
    /// `/api/{user_id}/tasks`
    package let path: String
    package let summary: String
    /// The contexts that had to be made on the way, outermost first.
    package let contexts: [Any.Type]
    /// What it takes and answers; nil where that is written down nowhere.
    package let description: (any RouteDescription)?
    package let attributes: RouteAttributes

    /// Whether a request must satisfy this context to get in.
    package func requires(_ context: Any.Type) -> Bool { contexts.contains { $0 == context } }
}
