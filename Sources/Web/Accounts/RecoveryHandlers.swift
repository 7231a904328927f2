import Auth
import Domain
import HTTPServer

/// Recovering an account with the link in a security notice. Viewing the page changes nothing, as mail scanners fetch
/// links; submitting the form does.
struct RecoveryHandlers: Sendable {
    let recoveries: RecoveryService
    let pages: PageRenderer

    func addRoutes(to site: RouteGroup<AppContext>) {
        site.setting(\.secretParameter, to: "token")
            .get("recover/{token}", summary: "The form that recovers an account", use: show)
        site.setting(\.isForVisitors, to: true).post("recover", summary: "Recover an account", use: recover)
    }

    @Sendable private func show(_ request: Request, _ context: AppContext) async throws -> Response {
        let token = context.parameters["token"]
        guard let page = try await page(context, token) else { return try refusal(context) }
        return try pages.secretResponse(page)
    }

    @Sendable private func recover(_ request: Request, _ context: AppContext) async throws -> Response {
        let form = try request.form()
        let token = form["token"] ?? ""
        do {
            try await recoveries.recover(
                token: token, former: form["former_password"] ?? "", new: form["password"] ?? "",
                from: Client(request))
        } catch let error as AppError {
            guard var page = try await page(context, token) else { return try refusal(context) }
            let problem = Problem(error, requestID: request.id)
            switch error {
            case .invalid(let issues): page.passwordError = issues.message(for: "password")
            case .badCredentials:
                page.formerPasswordError = "This is not the password that the account had before the change."
            case .emailTaken: page.error = "Another account has this address now. Ask the operator of this server."
            case .overloaded, .throttled: page.error = problem.detail
            default: throw error
            }
            return try pages.secretResponse(page, for: problem)
        }
        var response = Response.seeOther("/login?notice=recovered")
        response.headers.add(name: "cache-control", value: "no-store")
        return response
    }

    /// - Returns: nil for an invalid link.
    private func page(_ context: AppContext, _ token: String) async throws -> RecoveryPage? {
        guard let recovery = try await recoveries.recovery(for: token) else { return nil }
        var page = try emptyPage(context)
        (page.token, page.email) = (token, recovery.email.text)
        page.needsPassword = recovery.needsPassword
        return page
    }

    private func emptyPage(_ context: AppContext) throws -> RecoveryPage {
        RecoveryPage(frame: try pages.frame(title: "Recover your account", csrfSubject: context.csrfSubject))
    }

    private func refusal(_ context: AppContext) throws -> Response {
        var page = try emptyPage(context)
        page.error =
            "This link is no longer valid: it was used, has expired, or the account was recovered with an earlier one."
        return try pages.secretResponse(page, status: .notFound)
    }
}
