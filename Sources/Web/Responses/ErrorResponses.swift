import Basics
import Domain
import HTTPServer
import Logging
import NIOHTTP1

/// Turns every thrown error into a response: JSON for the API, a page for people. Unexpected errors are logged, and
/// reveal only the request id to the caller.
struct ErrorResponses {
    let pages: PageRenderer
    let logger: Logger

    func response(to error: any Error, _ request: Request) -> Response {
        if let error = error as? LoginRequired {
            return .seeOther(error.next.map { "/login?next=\(PercentEncoding.encodeComponent($0.text))" } ?? "/login")
        }
        if Self.isUnknownToBetterAuth(error, request.route) { return BetterAuthError.notFound.response }
        if request.route.attributes.errors == .messageAndCode, case AppError.unauthenticated = error {
            return BetterAuthError.unauthorized.response
        }
        let problem = Problem(error, requestID: request.id, isRead: request.isRead)
        if let cause = problem.cause {
            logger.error("failed", metadata: ["request_id": "\(request.id)", "cause": "\(cause)"])
        }
        if request.route.attributes.isForPrograms { return problem.jsonResponse(requestID: request.id) }
        return pages.errorResponse(problem, request, AppContext())
    }

    /// Better Auth's server answers unknown paths with an empty 404; the routes of seed 003 below its base path explain
    /// themselves.
    private static func isUnknownToBetterAuth(_ error: any Error, _ match: RouteMatch) -> Bool {
        guard match.attributes.errors == .messageAndCode, match.route == nil else { return false }
        return [.notFound, .methodNotAllowed].contains((error as? HTTPError)?.status)
    }
}
