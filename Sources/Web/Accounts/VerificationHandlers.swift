import Auth
import Domain
import HTTPServer

/// Confirming an e-mail address with a link in an e-mail. Viewing the page changes nothing, as mail scanners fetch
/// links; its button does.
struct VerificationHandlers: Sendable {
    let verification: VerificationService
    let origins: OriginPolicy
    let pages: PageRenderer

    func addRoutes(to site: RouteGroup<AppContext>) {
        site.setting(\.secretParameter, to: "token")
            .get("verify/{token}", summary: "The page that confirms an e-mail address", use: show)
        site.setting(\.isForVisitors, to: true).post("verify", summary: "Confirm an e-mail address", use: verify)
    }

    @Sendable private func show(_ request: Request, _ context: AppContext) async throws -> Response {
        let token = context.parameters["token"]
        var page = try page(context)
        guard let user = try await verification.user(for: token) else { return try refusal(page) }
        page.email = user.email.text
        if user.isEmailVerified { page.isVerified = true } else { page.token = token }
        page.next = try request.query()["callbackURL"] ?? ""
        return try pages.secretResponse(page)
    }

    @Sendable private func verify(_ request: Request, _ context: AppContext) async throws -> Response {
        let form = try request.form()
        let token = form["token"] ?? ""
        var page = try page(context)
        do {
            try await verification.verify(
                token: token, by: context.identity?.user.id, from: Client(request))
        } catch AppError.notFound {
            return try refusal(page)
        }
        if let next = BetterAuthCall.continuation(of: form, origins, request) { return next }
        page.isVerified = true
        page.email = try await verification.user(for: token)?.email.text ?? ""
        return try pages.secretResponse(page)
    }

    private func page(_ context: AppContext) throws -> VerificationPage {
        VerificationPage(frame: try pages.frame(title: "Confirm your address", csrfSubject: context.csrfSubject))
    }

    private func refusal(_ page: VerificationPage) throws -> Response {
        var page = page
        page.error = "This link is no longer valid: it has expired, or the account has another address now."
        return try pages.secretResponse(page, status: .notFound)
    }
}
