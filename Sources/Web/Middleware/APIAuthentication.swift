import Auth
import Domain
import HTTPServer

/// Authenticates API callers: by `Authorization: Bearer …`, or by the session cookie of a page from this or a trusted
/// origin. Lets every request through; the context of a route decides on access.
struct APIAuthentication: Middleware {
    let bearer: BearerAuthentication
    let sessions: SessionService
    let cookie: SessionCookie
    let origins: OriginPolicy

    func handle(_ request: Request, context: AppContext, next: Handler<AppContext>) async throws -> Response {
        var context = context
        do {
            let credentials = Credentials(request, cookie)
            if let text = credentials.bearerText, let token = try credentials.bearer() {
                context.authentication = .identity(try await identity(token, text, request))
            } else if credentials.hasSessionCookie {
                // Browsers also send cookies with requests that other sites cause.
                try await origins.check(request)
                if let found = try await sessions.identity(amongSessionTokens: credentials.sessionTokens()) {
                    context.authentication = .identity(found.identity)
                }
            }
        } catch let error as AppError {
            // Only an invalid credential makes a caller unauthenticated; a failure to check it does not.
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

    /// Authenticates a token; a refused one that is not merely expired is recorded.
    private func identity(_ token: BearerToken, _ text: String, _ request: Request) async throws -> Identity {
        do {
            return try await bearer.identity(token) { Client(request) }
        } catch let error as AppError {
            if error == .invalidToken || error == .unknownAPIToken {
                await sessions.tokenRefused(text, from: Client(request))
            }
            throw error
        }
    }
}
