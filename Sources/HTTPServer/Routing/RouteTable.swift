import NIOHTTP1

/// Collects the routes while the site is assembled, as a tree of path segments.
final class RouteTable {
    /// A handler that takes the outermost context, whose type only `Router` knows.
    typealias ErasedHandler = @Sendable (Request, any RequestContext) async throws -> Response

    /// A route with its handler and the data that matching needs of its path.
    final class Endpoint: Sendable {
        let route: Route
        /// The place of the route in the site map.
        let number: Int
        let handler: ErasedHandler
        /// The segments of the path as written.
        let template: [String]
        /// The positions of the parameters in the path.
        let parameters: [(name: String, index: Int)]
        let secretIndex: Int?

        init(_ route: Route, number: Int, _ handler: @escaping ErasedHandler, template: [String]) {
            self.route = route
            self.number = number
            self.handler = handler
            self.template = template
            parameters = template.enumerated().compactMap { index, segment in
                RouteTable.parameterName(segment).map { ($0, index) }
            }
            secretIndex = parameters.first { $0.name == route.attributes.secretParameter }?.index
        }
    }

    struct Node: Sendable {
        var literals: [String: Node] = [:]
        /// The child for any other segment. The parameter's name belongs to the route, as two routes may name it
        /// differently.
        var parameter: [Node] = []
        var parameterIsSecret = false
        var endpoints: [Endpoint] = []
        /// Attributes for requests below that match no route, if a group set them.
        var defaults: RouteAttributes?
    }

    private(set) var root = Node()
    private(set) var routes: [Route] = []

    func add(_ route: Route, _ handler: @escaping ErasedHandler) {
        let segments = Self.segments(route.path)
        let endpoint = Endpoint(route, number: routes.count, handler, template: segments)
        routes.append(route)
        if let index = endpoint.secretIndex {
            Self.change(&root, segments[..<index]) { $0.parameterIsSecret = true }
        }
        Self.change(&root, segments[...]) { $0.endpoints.append(endpoint) }
    }

    /// Sets the attributes of requests below `path` that match no route.
    func setDefaults(_ attributes: RouteAttributes, below path: String) {
        Self.change(&root, Self.segments(path)[...]) { $0.defaults = attributes }
    }

    static func parameterName(_ segment: String) -> String? {
        segment.hasPrefix("{") && segment.hasSuffix("}") ? String(segment.dropFirst().dropLast()) : nil
    }

    private static func segments(_ path: String) -> [String] {
        path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    }

    private static func change(_ node: inout Node, _ segments: ArraySlice<String>, _ change: (inout Node) -> Void) {
        guard let segment = segments.first else { return change(&node) }
        if parameterName(segment) != nil {
            if node.parameter.isEmpty { node.parameter.append(Node()) }
            self.change(&node.parameter[0], segments.dropFirst(), change)
        } else {
            self.change(&node.literals[segment, default: Node()], segments.dropFirst(), change)
        }
    }
}
