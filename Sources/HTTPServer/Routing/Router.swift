import Basics
import NIOHTTP1

/// Finds the handler of a request. A path that no route matches is 404; a path that exists, but not for this method, is
/// 405 with `Allow`. GET also answers HEAD, OPTIONS is answered everywhere, and a trailing slash is tolerated.
package struct Router<Context: RequestContext>: Sendable {
    /// The site map, in order of declaration.
    package let routes: [Route]
    private let root: RouteTable.Node

    /// - Parameter build: adds the routes.
    package init(build: (RouteGroup<Context>) -> Void) {
        let table = RouteTable()
        build(
            RouteGroup(table: table, prefix: "", contexts: []) { handler in
                { request, context in
                    guard let context = context as? Context else { return Response(status: .internalServerError) }
                    return try await handler(request, context)
                }
            })
        routes = table.routes
        root = table.root
    }

    /// The request with its route, which is looked up unless the server has done so.
    package func matched(_ request: Request) -> Request {
        request.route.isLookedUp ? request : request.matched(match(request.method, request.uri))
    }

    /// - Parameter request: a request that this router has matched, or one not yet matched.
    package func respond(to request: Request, context: Context) async throws -> Response {
        try await Self.dispatch(matched(request), context)
    }

    private static func dispatch(_ request: Request, _ context: Context) async throws -> Response {
        let match = request.route
        if let endpoint = match.endpoint {
            var context = context
            for (name, index) in endpoint.parameters { context.parameters.append(name, match.segments[index]) }
            return try await endpoint.handler(request, context)
        }
        if request.method == .OPTIONS && request.uri == "*" {
            return Response(status: .noContent, headers: ["allow": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"])
        }
        switch match.failure {
        case .notAPath?: throw HTTPError(.badRequest, "The request target must be a path.")
        case .undecodable?: throw HTTPError(.badRequest, "The path is not percent-encoded UTF-8.")
        case .wrongMethod(let allowed)? where request.method == .OPTIONS:
            return Response(status: .noContent, headers: ["allow": allowed])
        case .wrongMethod(let allowed)?:
            throw HTTPError(
                .methodNotAllowed, "\(request.method.rawValue) is not possible here, only \(allowed).",
                headers: ["allow": allowed])
        case .unknownPath?, .notLookedUp?, nil: throw HTTPError.unknownPath
        }
    }

    // MARK: Matching

    /// Looks up a request by its method and target.
    package func match(_ method: HTTPMethod, _ target: String) -> RouteMatch {
        let path = target.beforeQuery
        guard path.utf8.first == UInt8(ascii: "/") else {
            return RouteMatch(
                root.defaults ?? RouteAttributes(), [], failure: .notAPath, loggable: .shortSegments(after: -1))
        }
        let (segments, isWhole) = Self.segments(path)
        guard isWhole, let node = find(segments) else { return unmatched(segments, isWhole: isWhole) }
        let wanted = method == .HEAD ? .GET : method
        let endpoint = node.endpoints.first { $0.route.method == wanted }
        // All routes of one path are of one kind; the first represents the path.
        let representative = endpoint ?? node.endpoints[0]
        return RouteMatch(
            representative.route.attributes, segments, endpoint: endpoint,
            failure: endpoint == nil ? .wrongMethod(allowed: Self.allowed(node)) : nil,
            loggable: representative.secretIndex.map { .first($0) } ?? .all)
    }

    /// The node of a path that has routes. The path may have a trailing slash that its route lacks.
    private func find(_ segments: [String]) -> RouteTable.Node? {
        if let node = Self.find(root, segments[...]) { return node }
        guard segments.count > 1, segments[segments.count - 1].isEmpty, !segments[segments.count - 2].isEmpty else {
            return nil
        }
        return Self.find(root, segments.dropLast())
    }

    /// A literal segment takes precedence over a parameter, but does not hide it: `/api/users/…` and `/api/{id}/…` both
    /// work.
    private static func find(_ node: RouteTable.Node, _ segments: ArraySlice<String>) -> RouteTable.Node? {
        guard let segment = segments.first else { return node.endpoints.isEmpty ? nil : node }
        let rest = segments.dropFirst()
        if let next = node.literals[segment], let found = find(next, rest) { return found }
        // Dot segments are for clients to resolve (RFC 3986, section 5.2.4); here they match nothing.
        guard let next = node.parameter.first, !segment.isEmpty, segment != ".", segment != ".." else { return nil }
        return find(next, rest)
    }

    /// The attributes of the deepest group that contains the path.
    private func unmatched(_ segments: [String], isWhole: Bool) -> RouteMatch {
        var node = root
        var attributes = root.defaults ?? RouteAttributes()
        var known = 0
        for segment in segments {
            guard let next = node.literals[segment] ?? (node.parameterIsSecret ? nil : node.parameter.first) else {
                break
            }
            node = next
            known += 1
            attributes = node.defaults ?? attributes
        }
        return RouteMatch(
            attributes, isWhole ? segments : [], failure: isWhole ? .unknownPath : .undecodable,
            loggable: node.parameterIsSecret ? .first(known) : .shortSegments(after: known))
    }

    private static func allowed(_ node: RouteTable.Node) -> String {
        var methods = node.endpoints.map(\.route.method.rawValue)
        if methods.contains("GET") { methods.append("HEAD") }
        return (methods + ["OPTIONS"]).joined(separator: ", ")
    }

    /// The decoded segments of a path, up to the first that cannot be decoded.
    private static func segments(_ path: Substring) -> (segments: [String], isWhole: Bool) {
        path.withBytes { bytes in
            var segments: [String] = []
            segments.reserveCapacity(8)
            var start = min(1, bytes.count)
            while true {
                let end = bytes[start...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.endIndex
                guard let segment = decode(UnsafeBufferPointer(rebasing: bytes[start..<end])) else {
                    return (segments, false)
                }
                segments.append(segment)
                guard end < bytes.endIndex else { return (segments, true) }
                start = end + 1
            }
        }
    }

    private static func decode(_ segment: UnsafeBufferPointer<UInt8>) -> String? {
        guard segment.isASCII, !segment.contains(UInt8(ascii: "%")) else { return PercentEncoding.decode(segment) }
        return String(decoding: segment, as: UTF8.self)
    }
}
