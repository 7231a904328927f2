import Auth
import Domain
import HTTPServer

/// Finds out who calls the API: by `Authorization: Bearer …`, or by the session cookie of a page from here or from a
/// trusted origin. Lets everybody through; the context of a route decides who gets in.
struct APIAuthentication: Middleware {
    let bearer: BearerAuthentication
    let sessions: SessionService
    let cookie: SessionCookie
    let origins: OriginPolicy

    func handle(_ request: Request, context: AppContext, next: Handler<AppContext>) async throws -> Response {
        var context = context
        do {
            if let token = request.bearerToken {
                context.authentication = .identity(try await identity(token, request))
            } else if request.headers.contains(name: "cookie") {
                let cookies = request.cookies
                // A browser sends cookies along with requests that other sites make it send.
                if !cookies.values(of: cookie.name).isEmpty {
                    try await origins.check(request, recordingIn: sessions.audit)
                }
                if let found = try await sessions.identity(in: cookies, cookie) {
                    context.authentication = .identity(found.identity)
                }
            }
        } catch let error as AppError {
            // Only a proof that is no good makes a caller a stranger; that it could not be looked at does not.
            switch error {
            case .storageUnavailable, .outcomeUnknown, .overloaded: throw error
            default: context.authentication = .refused(error)
            }
        }
        do {
            return try await next(request, context)
        } catch AppError.forbidden(let sentence) {
            if let identity = context.identity {
                await sessions.accessRefused(to: identity, from: Client(request))
            }
            throw AppError.forbidden(sentence)
        }
    }

    /// A token that is refused, and not merely too old, is recorded.
    private func identity(_ token: String, _ request: Request) async throws -> Identity {
        do {
            return try await bearer.identity(token) { Client(request) }
        } catch let error as AppError {
            if error == .invalidToken { await sessions.tokenRefused(token, from: Client(request)) }
            throw error
        }
    }
}
