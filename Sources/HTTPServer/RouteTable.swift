import NIOHTTP1

/// Collects the routes while the site is put together, as a tree of path segments.
final class RouteTable {
    /// A handler that gets the outermost context; what kind that is, only `Router` knows.
    typealias ErasedHandler = @Sendable (Request, any RequestContext) async throws -> Response

    struct Endpoint: Sendable {
        let method: HTTPMethod
        let handler: ErasedHandler
        let parameterNames: [String]
        let maximumBodySize: Int?
    }

    struct Node: Sendable {
        var literals: [String: Node] = [:]
        /// What any other segment leads to. The name is the route's, as two routes may name it differently.
        var parameter: [Node] = []
        var endpoints: [Endpoint] = []
    }

    private(set) var root = Node()
    private(set) var routes: [Route] = []

    func add(_ route: Route, _ handler: @escaping ErasedHandler) {
        routes.append(route)
        var names: [String] = []
        let segments = route.path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        for segment in segments where segment.hasPrefix("{") && segment.hasSuffix("}") {
            names.append(String(segment.dropFirst().dropLast()))
        }
        let endpoint = Endpoint(
            method: route.method, handler: handler, parameterNames: names, maximumBodySize: route.maximumBodySize)
        Self.insert(&root, segments[...]) { $0.endpoints.append(endpoint) }
    }

    private static func insert(_ node: inout Node, _ segments: ArraySlice<String>, _ change: (inout Node) -> Void) {
        guard let segment = segments.first else { return change(&node) }
        if segment.hasPrefix("{") {
            if node.parameter.isEmpty { node.parameter.append(Node()) }
            insert(&node.parameter[0], segments.dropFirst(), change)
        } else {
            insert(&node.literals[segment, default: Node()], segments.dropFirst(), change)
        }
    }
}
