import HTTPServer

/// Serves the metrics on the public port, to those who have the token. For others there is no such address: not even a
/// route, which would answer other methods with 405.
struct MetricsMiddleware: Middleware {
    /// Nil if they are not served here.
    let access: MetricsAccess?

    func handle(_ request: Request, context: AppContext, next: Handler<AppContext>) async throws -> Response {
        if let access, request.asksForMetrics, let response = await access.response(to: request) { return response }
        return try await next(request, context)
    }
}
