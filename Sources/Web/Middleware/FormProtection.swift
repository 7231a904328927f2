import Auth
import Domain
import HTTPServer

/// Accepts a form only if it came from one of our pages, shown to the same person: according to the browser's own
/// headers, and to a token in the form that is bound to the session.
struct FormProtection: Middleware {
    static let fieldName = "form_token"

    let tokens: FormTokens
    let origins: OriginPolicy
    let visitors: VisitorCookie
    /// The audit trail for refusals.
    let audit: AuditTrail
    /// Answers a visitors' form whose token is no longer valid; by default it is refused.
    var answerStale: (@Sendable (Request, AppContext, StaleForm) async throws -> Response)?

    /// A visitors' form that was shown before this browser's session began or ended.
    struct StaleForm: Sendable {
        /// True if the form was shown to this browser before its current session began.
        let isOfThisBrowser: Bool
    }

    func handle(_ request: Request, context: AppContext, next: Handler<AppContext>) async throws -> Response {
        guard !request.isRead else { return try await next(request, context) }
        try await origins.check(request)
        let token = try request.form()[Self.fieldName] ?? ""
        let subjects = [context.csrfSubject] + context.otherCSRFSubjects
        guard try subjects.contains(where: { try tokens.isValid(token, for: $0) }) else {
            // A form whose session has ended meanwhile: there is nothing to forge, and the user only has to sign in
            // again.
            if context.identity == nil && !request.route.attributes.isForVisitors { throw LoginRequired(next: nil) }
            let isOfThisBrowser = try visitors.ids(in: request.cookies)
                .contains { try tokens.isValid(token, for: $0) }
            if !isOfThisBrowser {
                await audit.formRefused(to: context.identity?.user.id, from: Client(request))
            }
            guard let answerStale else { throw Self.refusal }
            return try await answerStale(request, context, StaleForm(isOfThisBrowser: isOfThisBrowser))
        }
        return try await next(request, context)
    }

    static let refusal = AppError.forbidden("This form is no longer valid. Go back, reload the page and try again.")

    /// The same protection, with a response to stale visitors' forms.
    func answering(
        _ answer: @escaping @Sendable (Request, AppContext, StaleForm) async throws -> Response
    ) -> FormProtection {
        var copy = self
        copy.answerStale = answer
        return copy
    }
}
