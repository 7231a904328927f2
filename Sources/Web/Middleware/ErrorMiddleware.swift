import Domain
import HTTPServer
import Logging
import NIOHTTP1

/// Whatever is thrown further in becomes the right answer, for an API as JSON, for people as a
/// page. What nobody foresaw is logged, and tells the caller nothing but its request id.
struct ErrorMiddleware: Middleware {
    let pages: PageRenderer
    let logger: Logger

    func handle(_ request: Request, context: AppContext, next: Handler<AppContext>) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as LoginRequired {
            return .seeOther(error.next.map { "/login?next=\(PercentEncoding.encodeComponent($0.text))" } ?? "/login")
        } catch {
            if Self.isUnknownToBetterAuth(error, request.route) { return BetterAuthError.notFound.response }
            if request.route.attributes.errors == .messageAndCode, case AppError.unauthenticated = error {
                return BetterAuthError.unauthorized.response
            }
            let problem = Problem(error, requestID: request.id, isRead: request.isRead)
            if let cause = problem.cause {
                logger.error("failed", metadata: ["request_id": "\(request.id)", "cause": "\(cause)"])
            }
            if request.route.attributes.isForPrograms { return problem.jsonResponse(requestID: request.id) }
            return pages.errorResponse(problem, request, context)
        }
    }

    /// Better Auth's server answers what it does not know with an empty 404; the routes of seed 003 that lie below its
    /// base path explain themselves.
    private static func isUnknownToBetterAuth(_ error: any Error, _ match: RouteMatch) -> Bool {
        guard match.attributes.errors == .messageAndCode, match.route == nil else { return false }
        return [.notFound, .methodNotAllowed].contains((error as? HTTPError)?.status)
    }
}
