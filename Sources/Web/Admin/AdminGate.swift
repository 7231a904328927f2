import Auth
import HTTPServer

/// Answers other users at the admin's addresses before anything looks at their request, and notes that they came.
struct AdminGate: Middleware {
    let sessions: SessionService

    func handle(_ request: Request, context: AppContext, next: Handler<AppContext>) async throws -> Response {
        if let identity = context.identity, !identity.user.isAdmin {
            await sessions.accessRefused(to: identity, from: Client(request))
            throw HTTPError.unknownPath
        }
        return try await next(request, context)
    }
}
