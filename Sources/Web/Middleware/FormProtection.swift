import Auth
import Domain
import HTTPServer

/// Lets a form through only when it came from one of our pages, shown to the same person: by the browser's own word
/// for it, and by a token in the form that is bound to the session.
struct FormProtection: Middleware {
    static let fieldName = "form_token"

    let tokens: FormTokens
    let origins: OriginPolicy

    func handle(_ request: Request, context: AppContext, next: Handler<AppContext>) async throws -> Response {
        guard !request.isRead else { return try await next(request, context) }
        try origins.check(request)
        guard let token = try request.form()[Self.fieldName], try tokens.isValid(token, for: context.formHolder) else {
            // A form whose session has ended meanwhile: there is nothing to forge, only somebody to sign in again.
            if context.identity == nil && !request.route.attributes.isForVisitors { throw LogInFirst(next: nil) }
            throw AppError.forbidden("This form is no longer valid. Go back, reload the page and try again.")
        }
        return try await next(request, context)
    }
}
