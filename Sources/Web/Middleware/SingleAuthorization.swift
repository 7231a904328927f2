import Basics
import Domain
import HTTPServer

/// Refuses requests with two `Authorization` fields, on every route: they could name two users, and a proxy may have
/// checked the other one.
struct SingleAuthorization: Middleware {
    func handle(_ request: Request, context: AppContext, next: Handler<AppContext>) async throws -> Response {
        guard request.headers["authorization"].count <= 1 else { throw AppError.invalidToken }
        return try await next(request, context)
    }
}
