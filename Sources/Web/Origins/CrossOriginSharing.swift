import Basics
import HTTPServer
import NIOHTTP1

/// Lets cross-origin pages read responses in a browser (Fetch standard, CORS protocol), as far as the route allows it:
/// trusted origins with credentials, and any origin the public documents. Origins are compared whole; any other gets no
/// permission, and its browser withholds the response.
struct CrossOriginSharing {
    let origins: OriginPolicy

    /// The response to a browser that asks if a page may send a request (a CORS preflight). Nil for other requests, and
    /// for a page that may not, which is noted.
    func preflight(_ request: Request) -> Response? {
        guard request.method == .OPTIONS, request.headers.contains(name: "access-control-request-method") else {
            return nil
        }
        let access = request.route.attributes.crossOrigin
        guard permission(access, request.headers).contains(name: "access-control-allow-origin") else {
            origins.notePreflight(request)
            return nil
        }
        return request.headers.contains(name: "origin") ? Self.permissionToSend(access, request.headers) : nil
    }

    /// - Parameter isPreflight: true for a response of `preflight`.
    func add(to response: inout Response, for request: Request, isPreflight: Bool) {
        let permission = permission(request.route.attributes.crossOrigin, request.headers)
        if !isPreflight, request.headers.contains(name: "origin"),
            permission.contains(name: "access-control-allow-origin")
        {
            response.headers.add(name: "access-control-expose-headers", value: Self.exposedHeaders)
        }
        response.headers.add(contentsOf: permission)
    }

    /// The response headers that permit a page to read it.
    func permission(_ access: RouteAttributes.CrossOriginAccess, _ request: HTTPHeaders) -> HTTPHeaders {
        guard access != .none else { return [:] }
        let header = request.first(name: "origin")
        if let origin = header.flatMap(WebOrigin.init(header:)), origins.isTrusted(origin) {
            return [
                "access-control-allow-origin": origin.text, "access-control-allow-credentials": "true",
                "vary": "Origin",
            ]
        }
        if access == .anyOrigin { return ["access-control-allow-origin": "*", "vary": "Origin"] }
        return header == nil ? [:] : ["vary": "Origin"]
    }

    /// Permits all requested headers: a page may send those that its tools add (traces, for one), and their meaning is
    /// up to the route.
    private static func permissionToSend(_ access: RouteAttributes.CrossOriginAccess, _ request: HTTPHeaders)
        -> Response
    {
        let names = request[canonicalForm: "access-control-request-headers"]
            .filter { !$0.isEmpty && $0.utf8.allSatisfy(\.isTokenByte) }
        var headers: HTTPHeaders = [
            "access-control-allow-methods": access == .anyOrigin
                ? "GET, HEAD" : "GET, HEAD, POST, PUT, PATCH, DELETE",
            "access-control-max-age": "600",
        ]
        if !names.isEmpty {
            headers.add(name: "access-control-allow-headers", value: names.joined(separator: ", "))
        }
        return Response(status: .noContent, headers: headers)
    }

    private static let exposedHeaders =
        "ETag, Idempotency-Replayed, Latchkey-Undo, Link, Location, Retry-After, RateLimit-Limit, RateLimit-Remaining, "
        + "RateLimit-Reset, X-Retry-After, X-Request-Id"
}
