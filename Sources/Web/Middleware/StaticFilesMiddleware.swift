import HTTPServer

/// Looks for a file before a route. A file in `Public` named like a route, such as `openapi.json`, hides it.
struct StaticFilesMiddleware: Middleware {
    let files: StaticFiles

    func handle(_ request: Request, context: AppContext, next: Handler<AppContext>) async throws -> Response {
        if request.isRead, request.route.segments.last?.utf8.contains(UInt8(ascii: ".")) ?? false,
            var response = files.response(to: request)
        {
            response.origin = .publicFile
            return response
        }
        return try await next(request, context)
    }
}
