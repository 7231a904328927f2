import Auth
import Domain
import HTTPServer

/// Confirming the address with a code before the account is signed in.
extension AccountHandlers {
    /// Asks for the code that was mailed, after a sign-up or a sign-in with the right password.
    func codePage(_ pending: PendingVerification, _ context: AppContext) throws -> CodePage {
        guard let ticket = try formTokens.seal(pending, for: context.csrfSubject, at: now()) else {
            throw AppError.badCredentials
        }
        return CodePage(
            frame: try pages.frame(title: "Check your e-mail", csrfSubject: context.csrfSubject),
            email: pending.email.text, ticket: ticket)
    }

    @Sendable func typeCode(_ request: Request, _ context: AppContext) async throws -> Response {
        let form = try request.form()
        return try await answering(form["ticket"], request, context) { pending in
            let signIn = try await auth.verify(
                pending, code: form["code"] ?? "", from: Client(request), Self.options(context))
            await learnLocale(of: signIn.user, from: form)
            return try enter(signIn, at: DashboardURL.path)
        }
    }

    @Sendable func mailCodeAgain(_ request: Request, _ context: AppContext) async throws -> Response {
        try await answering(try request.form()["ticket"], request, context) { pending in
            try await auth.mailAgain(pending, from: Client(request))
            var page = try codePage(pending, context)
            page.notice = "Another e-mail is on its way, unless one was sent within the last minute."
            return try pages.response(page)
        }
    }

    /// Answers a form that carries a ticket, which is refused if it is not of this browser or too old.
    private func answering(
        _ ticket: String?, _ request: Request, _ context: AppContext,
        _ answer: (PendingVerification) async throws -> Response
    ) async throws -> Response {
        let pending = try formTokens.pendingVerification(in: ticket ?? "", for: context.csrfSubject, at: now())
        guard let pending else { return try staleness(context) }
        do {
            return try await answer(pending)
        } catch AppError.secondFactorRequired(let pending) {
            return try await pages.response(secondFactorPage(pending, context))
        } catch let error as AppError {
            var page = try codePage(pending, context)
            let problem = Problem(error, requestID: request.id)
            switch error {
            case .notFound(let sentence):
                page.codeError = sentence
                return try pages.response(page, status: .unprocessableEntity)
            case .overloaded, .throttled: page.error = problem.detail
            case .badCredentials: return try staleness(context)
            default: throw error
            }
            return try pages.response(page, for: problem)
        }
    }

    func staleness(_ context: AppContext) throws -> Response {
        var page = try signInPage(context, next: nil)
        page.error = "That took too long, or something has changed. Sign in again."
        return try pages.response(page, status: .forbidden)
    }
}
