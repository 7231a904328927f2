import Domain
import HTTPServer
import NIOHTTP1

/// Lets pages of trusted origins call the API from a browser (Fetch standard, CORS protocol). Origins are compared
/// whole; any other gets no permission, and its browser keeps the answer from it.
struct CORSMiddleware: Middleware {
    let origins: OriginPolicy

    func handle(_ request: Request, context: AppContext, next: Handler<AppContext>) async throws -> Response {
        guard let header = request.headers.first(name: "origin"), request.path.hasPrefix("/api") else {
            return try await next(request, context)
        }
        guard let origin = WebOrigin(header: header), origins.isTrusted(origin) else {
            var response = try await next(request, context)
            response.headers.add(name: "vary", value: "Origin")
            return response
        }
        var response: Response
        if request.method == .OPTIONS, request.headers.contains(name: "access-control-request-method") {
            response = Response(
                status: .noContent,
                headers: [
                    "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
                    "access-control-allow-headers": "Authorization, Content-Type",
                    "access-control-max-age": "600",
                ])
        } else {
            response = try await next(request, context)
            response.headers.add(
                name: "access-control-expose-headers",
                value:
                    "Link, Location, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, X-Retry-After, "
                    + "X-Request-Id")
        }
        response.headers.add(name: "access-control-allow-origin", value: origin.text)
        response.headers.add(name: "access-control-allow-credentials", value: "true")
        response.headers.add(name: "vary", value: "Origin")
        return response
    }
}
