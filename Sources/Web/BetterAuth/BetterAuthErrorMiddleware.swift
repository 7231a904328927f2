import Auth
import Domain
import HTTPServer
import NIOHTTP1

/// Turns errors thrown by Better Auth's endpoints into the responses that its client knows.
struct BetterAuthErrorMiddleware: Middleware {
    /// The audit trail for refusals.
    let audit: AuditTrail

    func handle(_ request: Request, context: AppContext, next: Handler<AppContext>) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as BetterAuthError {
            if error.isAboutOrigin {
                await audit.originRefused(request.headers.first(name: "origin"), from: Client(request))
            }
            return error.response
        } catch let error as AppError {
            if case .throttled(let throttled) = error { return Self.response(to: throttled) }
            if case .overloaded(let seconds) = error {
                var response = BetterAuthError.overloaded.response
                response.headers.add(name: "retry-after", value: String(seconds))
                return response
            }
            guard let translated = Self.translate(error) else { throw error }
            return translated.response
        } catch let error as HTTPError {
            return BetterAuthError(error.status, error.detail, code: "BAD_REQUEST").response
        }
    }

    /// The response of Better Auth's own limiter, which labels its JSON as plain text, plus the usual rate limit
    /// headers.
    private static func response(to throttled: Throttled) -> Response {
        var response = BetterAuthError(.tooManyRequests, "Too many requests. Please try again later.").response
        response.headers.replaceOrAdd(name: "content-type", value: "text/plain;charset=UTF-8")
        response.headers.add(name: "x-retry-after", value: String(throttled.retryAfterSeconds))
        response.headers.add(contentsOf: throttled.headers)
        return response
    }

    private static func translate(_ error: AppError) -> BetterAuthError? {
        switch error {
        case .emailTaken: .userExists
        case .passwordsOff: .passwordsOff
        case .signUpRefused(let refusal): .signUpRefused(refusal)
        case .badCredentials: .invalidEmailOrPassword
        case .inactiveAccount, .deletionPending: .inactiveAccount
        case .emailNotVerified: .emailNotVerified
        case .proofRequired: .sessionNotFresh
        case .wrongSecondFactor: .invalidCode
        case .lastAdmin: .lastAdmin
        case .unauthenticated: .unauthorized
        case .invalid(let issues): translate(issues)
        default: nil
        }
    }

    /// The first broken rule: in Better Auth's words if it has any, else with a code of its own and a displayable
    /// sentence.
    private static func translate(_ issues: [FieldIssue]) -> BetterAuthError? {
        guard let issue = issues.first else { return nil }
        if let code = issue.code { return BetterAuthError(.badRequest, issue.message, code: code) }
        return switch (issue.field, issue.kind) {
        case ("password", .tooShort), ("newPassword", .tooShort): .passwordTooShort
        case ("password", .tooLong), ("newPassword", .tooLong): .passwordTooLong
        case ("password", _), ("newPassword", _): .passwordNotAccepted.saying(issue.message)
        case ("username", .tooLong): .nameTooLong
        case ("username", _): .invalidName
        case ("image", .tooLong): .imageTooLarge.saying(issue.message)
        case ("image", _): .invalidImage.saying(issue.message)
        case ("email", _): .invalidEmail
        default: .validation(issue.message)
        }
    }
}
