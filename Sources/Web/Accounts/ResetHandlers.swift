import Auth
import Domain
import HTTPServer

/// Setting a new password with a link, from an e-mail or from `latchkey user reset-link`. Viewing the page does not
/// consume the link, as link previews and mail scanners fetch it too; submitting the form does.
struct ResetHandlers: Sendable {
    let resets: PasswordResetService
    let pages: PageRenderer
    /// False if this server sends no mail.
    let hasMail: Bool

    func addRoutes(to site: RouteGroup<AppContext>) {
        site.get("forgot", summary: "The form that mails a link to set a new password", use: showForgot)
        site.setting(\.isForVisitors, to: true)
            .post("forgot", summary: "Mail a link to set a new password", use: forgot)
        site.setting(\.isForVisitors, to: true)
            .post("forgot/code", summary: "Set a new password with the code from the e-mail", use: resetByCode)
        site.setting(\.secretParameter, to: "token")
            .get("reset/{token}", summary: "The form that sets a new password", use: show)
        site.setting(\.isForVisitors, to: true).post("reset", summary: "Set a new password", use: reset)
    }

    @Sendable private func showForgot(_ request: Request, _ context: AppContext) async throws -> Response {
        var page = try forgotPage(context)
        let query = try request.query()
        page.isSent = hasMail && query["notice"] == "sent"
        return try pages.response(page)
    }

    @Sendable private func forgot(_ request: Request, _ context: AppContext) async throws -> Response {
        guard hasMail else { return try pages.response(try forgotPage(context), status: .notFound) }
        let email = try request.form()["email"] ?? ""
        do {
            try await resets.request(email: email, from: Client(request))
        } catch let error as AppError {
            let problem = Problem(error, requestID: request.id)
            var page = try forgotPage(context)
            page.email = email
            switch error {
            case .invalid(let issues): page.emailError = issues.message(for: "email")
            case .throttled, .overloaded: page.error = problem.detail
            default: throw error
            }
            return try pages.response(page, for: problem)
        }
        return .seeOther("/forgot?notice=sent")
    }

    @Sendable private func resetByCode(_ request: Request, _ context: AppContext) async throws -> Response {
        let form = try request.form()
        let email = form["email"] ?? ""
        do {
            try await resets.reset(
                code: form["code"] ?? "", of: email, to: form["password"] ?? "", from: Client(request))
        } catch let error as AppError {
            var page = try forgotPage(context)
            (page.isSent, page.email) = (hasMail, email)
            let problem = Problem(error, requestID: request.id)
            switch error {
            case .invalid(let issues):
                page.emailError = issues.message(for: "email")
                page.passwordError = issues.message(for: "password")
            case .notFound(let sentence):
                page.codeError = sentence
                return try pages.response(page, status: .unprocessableEntity)
            case .overloaded, .throttled: page.error = problem.detail
            default: throw error
            }
            return try pages.response(page, for: problem)
        }
        return Self.passwordSet
    }

    static var passwordSet: Response {
        var response = Response.seeOther("/login?notice=password-set")
        response.headers.add(name: "cache-control", value: "no-store")
        return response
    }

    private func forgotPage(_ context: AppContext) throws -> ForgotPage {
        ForgotPage(
            frame: try pages.frame(title: "Forgot your password?", csrfSubject: context.csrfSubject), hasMail: hasMail)
    }

    @Sendable private func show(_ request: Request, _ context: AppContext) async throws -> Response {
        let token = context.parameters["token"]
        guard let user = try await resets.user(forResetToken: token) else {
            return try await refusal(request, context)
        }
        return try pages.secretResponse(page(context, token: token, user))
    }

    @Sendable private func reset(_ request: Request, _ context: AppContext) async throws -> Response {
        let form = try request.form()
        let token = form["token"] ?? ""
        do {
            try await resets.reset(token: token, to: form["password"] ?? "", from: Client(request))
        } catch let error as AppError {
            if case .notFound = error { return try await refusal(request, context) }
            guard let user = try await resets.user(forResetToken: token) else {
                return try await refusal(request, context)
            }
            let problem = Problem(error, requestID: request.id)
            var page = try page(context, token: token, user)
            switch error {
            case .invalid(let issues): page.passwordError = issues.message(for: "password")
            case .overloaded: page.error = problem.detail
            default: throw error
            }
            return try pages.secretResponse(page, for: problem)
        }
        return Self.passwordSet
    }

    private func page(_ context: AppContext, token: String, _ user: User) throws -> ResetPage {
        ResetPage(
            frame: try pages.frame(title: "New password", csrfSubject: context.csrfSubject), token: token,
            email: user.email.text)
    }

    private func refusal(_ request: Request, _ context: AppContext) async throws -> Response {
        await resets.linkRefused(from: Client(request))
        var page = ResetPage(frame: try pages.frame(title: "New password", csrfSubject: context.csrfSubject))
        page.error =
            "This link is no longer valid: it was used, has expired, or a newer one was made. Ask for a new one."
        return try pages.secretResponse(page, status: .notFound)
    }
}
