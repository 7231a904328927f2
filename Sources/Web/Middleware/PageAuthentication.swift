import Auth
import HTTPServer

/// Identifies a page's visitor by the session cookie, and determines the identifier that its forms are bound to.
struct PageAuthentication: Middleware {
    let sessions: SessionService
    let cookie: SessionCookie
    let visitors: VisitorCookie

    func handle(_ request: Request, context: AppContext, next: Handler<AppContext>) async throws -> Response {
        var context = context
        let tokens = try Credentials(request, cookie).sessionTokens()
        if let found = try await sessions.identity(amongSessionTokens: tokens) {
            context.authentication = .identity(found.identity)
            context.csrfSubject = found.session.id.rawValue
            return try await next(request, context)
        }
        let known = visitors.ids(in: request.cookies)
        if let visitor = known.first {
            context.csrfSubject = visitor
            context.otherCSRFSubjects = Array(known.dropFirst())
            return try await next(request, context)
        }
        let visitor = try visitors.makeID()
        context.csrfSubject = visitor
        var response = try await next(request, context)
        response.setCookie(visitors.cookie(for: visitor))
        return response
    }
}
