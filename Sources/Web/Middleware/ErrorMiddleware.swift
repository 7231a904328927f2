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
        } catch let error as LogInFirst {
            return .seeOther(error.next.map { "/login?next=\(PercentEncoding.encodeComponent($0.text))" } ?? "/login")
        } catch {
            if Self.isUnknownToBetterAuth(error, request.path) { return BetterAuthError.notFound.response }
            let problem = Problem(error, requestID: request.id)
            if let cause = problem.cause {
                logger.error("failed", metadata: ["request_id": "\(request.id)", "cause": "\(cause)"])
            }
            if Self.isForPrograms(request.path) { return problem.jsonResponse(requestID: request.id) }
            return pages.errorResponse(problem, request, context)
        }
    }

    /// Below its base path, Better Auth's server says nothing at all about what it does not know; the routes of seed
    /// 003 that lie there too explain themselves.
    private static func isUnknownToBetterAuth(_ error: any Error, _ path: Substring) -> Bool {
        guard let status = (error as? HTTPError)?.status, status == .notFound || status == .methodNotAllowed,
            path.hasPrefix("/api/auth/")
        else { return false }
        return !["signup", "signin", "signout", "me"].contains { path == "/api/auth/\($0)" }
    }

    /// JSON lives under these paths, pages everywhere else.
    static func isForPrograms(_ path: Substring) -> Bool {
        ["/api", "/.well-known", "/health", "/ready", "/openapi.json"].contains {
            path == $0 || path.hasPrefix($0 + "/")
        }
    }
}
