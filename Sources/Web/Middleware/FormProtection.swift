import Auth
import Domain
import HTTPServer

/// Lets a form through only when it came from one of our pages, shown to the same person: by the browser's own word
/// for it, and by a token in the form that is bound to the session.
struct FormProtection: Middleware {
    static let fieldName = "form_token"

    let tokens: FormTokens
    let origins: OriginPolicy
    let visitors: VisitorCookie
    /// Where refusals are recorded.
    let audit: AuditTrail?
    /// Answers a form for visitors whose token is no longer valid; by default it is refused.
    var answerStale: (@Sendable (Request, AppContext, StaleForm) async throws -> Response)?

    /// A visitors' form that was shown before this browser's session began or ended.
    struct StaleForm: Sendable {
        /// Whether the form was shown to this browser before it had the session that it has now.
        let isOfThisBrowser: Bool
    }

    func handle(_ request: Request, context: AppContext, next: Handler<AppContext>) async throws -> Response {
        guard !request.isRead else { return try await next(request, context) }
        try await origins.check(request, recordingIn: audit)
        let token = try request.form()[Self.fieldName] ?? ""
        let holders = [context.csrfSubject] + context.otherFormHolders
        guard try holders.contains(where: { try tokens.isValid(token, for: $0) }) else {
            // A form whose session has ended meanwhile: there is nothing to forge, only somebody to sign in again.
            if context.identity == nil && !request.route.attributes.isForVisitors { throw LoginRequired(next: nil) }
            let isOfThisBrowser = try visitors.ids(in: request.cookies)
                .contains { try tokens.isValid(token, for: $0) }
            if !isOfThisBrowser {
                await audit?.formRefused(to: context.identity?.user.id, from: Client(request))
            }
            guard let answerStale else { throw Self.refusal }
            return try await answerStale(request, context, StaleForm(isOfThisBrowser: isOfThisBrowser))
        }
        return try await next(request, context)
    }

    static let refusal = AppError.forbidden("This form is no longer valid. Go back, reload the page and try again.")

    /// The same protection, with an answer to stale forms of visitors.
    func answering(
        _ answer: @escaping @Sendable (Request, AppContext, StaleForm) async throws -> Response
    ) -> FormProtection {
        var copy = self
        copy.answerStale = answer
        return copy
    }
}
