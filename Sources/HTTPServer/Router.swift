import Domain
import NIOHTTP1

/// Finds the handler of a request. What no route matches is 404; a path that is there, but not for this method, is
/// 405 with `Allow`. GET also answers HEAD, and OPTIONS is answered everywhere.
package struct Router<Context: RequestContext>: Sendable {
    /// The site map, in the order in which it was written.
    package let routes: [Route]
    private let root: RouteTable.Node
    private let entry: Handler<Context>

    /// - Parameters:
    ///   - middleware: what every request passes through, also one that no route matches.
    ///   - build: adds the routes.
    package init(_ middleware: any Middleware<Context>..., build: (RouteGroup<Context>) -> Void) {
        let table = RouteTable()
        build(
            RouteGroup(table: table, prefix: "", contexts: []) { handler in
                { request, context in
                    guard let context = context as? Context else { return Response(status: .internalServerError) }
                    return try await handler(request, context)
                }
            })
        routes = table.routes
        let root = table.root
        self.root = root
        entry = compose(middleware) { request, context in
            try await Self.dispatch(request, context, root)
        }
    }

    package func respond(to request: Request, context: Context) async throws -> Response {
        try await entry(request, context)
    }

    /// How many bytes the body of a request may have, where its route says so.
    package func maximumBodySize(_ method: HTTPMethod, _ target: String) -> Int? {
        var values: [String] = []
        guard let segments = Self.segments(target.beforeQuery), let node = Self.find(root, segments[...], &values)
        else { return nil }
        return node.endpoints.first { $0.method == method }?.maximumBodySize
    }

    private static func dispatch(_ request: Request, _ context: Context, _ root: RouteTable.Node) async throws
        -> Response
    {
        if request.method == .OPTIONS && request.uri == "*" {
            return Response(status: .noContent, headers: ["allow": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"])
        }
        guard request.path.utf8.first == UInt8(ascii: "/") else {
            throw HTTPError(.badRequest, "The request target must be a path.")
        }
        guard let segments = segments(request.path) else {
            throw HTTPError(.badRequest, "The path is not percent-encoded UTF-8.")
        }
        var values: [String] = []
        guard let node = find(root, segments[...], &values) else {
            throw HTTPError(.notFound, "There is nothing at this address.")
        }
        let wanted = request.method == .HEAD ? .GET : request.method
        guard let endpoint = node.endpoints.first(where: { $0.method == wanted }) else {
            let allow = allowed(node)
            if request.method == .OPTIONS { return Response(status: .noContent, headers: ["allow": allow]) }
            throw HTTPError(
                .methodNotAllowed, "\(request.method.rawValue) is not possible here, only \(allow).",
                headers: ["allow": allow])
        }
        var context = context
        for (name, value) in zip(endpoint.parameterNames, values) { context.parameters.append(name, value) }
        return try await endpoint.handler(request, context)
    }

    /// The decoded segments of a path; nil where one cannot be decoded.
    private static func segments(_ path: Substring) -> [String]? {
        path.withBytes { bytes in
            var segments: [String] = []
            segments.reserveCapacity(8)
            var start = min(1, bytes.count)
            while true {
                let end = bytes[start...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.endIndex
                guard let segment = decode(UnsafeBufferPointer(rebasing: bytes[start..<end])) else { return nil }
                segments.append(segment)
                guard end < bytes.endIndex else { return segments }
                start = end + 1
            }
        }
    }

    private static func decode(_ segment: UnsafeBufferPointer<UInt8>) -> String? {
        guard segment.isASCII, !segment.contains(UInt8(ascii: "%")) else { return PercentEncoding.decode(segment) }
        return String(decoding: segment, as: UTF8.self)
    }

    /// A literal segment comes before a parameter, but does not hide it: `/api/users/…` and `/api/{id}/…` both work.
    private static func find(_ node: RouteTable.Node, _ segments: ArraySlice<String>, _ values: inout [String])
        -> RouteTable.Node?
    {
        guard let segment = segments.first else { return node.endpoints.isEmpty ? nil : node }
        let rest = segments.dropFirst()
        if let next = node.literals[segment], let found = find(next, rest, &values) { return found }
        // Dot segments are for clients to resolve (RFC 3986, section 5.2.4); here they name nothing.
        guard let next = node.parameter.first, !segment.isEmpty, segment != ".", segment != ".." else { return nil }
        values.append(segment)
        if let found = find(next, rest, &values) { return found }
        values.removeLast()
        return nil
    }

    private static func allowed(_ node: RouteTable.Node) -> String {
        var methods = node.endpoints.map(\.method.rawValue)
        if methods.contains("GET") { methods.append("HEAD") }
        return (methods + ["OPTIONS"]).joined(separator: ", ")
    }
}
