import Auth
import Domain
import HTTPServer

/// Deleting an account with a link in an e-mail. Viewing the page changes nothing, as mail scanners fetch links; its
/// button does.
struct DeletionHandlers: Sendable {
    let deletions: DeletionService
    let origins: OriginPolicy
    let pages: PageRenderer

    func addRoutes(to site: RouteGroup<AppContext>) {
        site.setting(\.secretParameter, to: "token")
            .get("delete-account/{token}", summary: "The page that deletes an account", use: show)
        site.setting(\.isForVisitors, to: true)
            .post("delete-account", summary: "Delete an account, in 30 days", use: delete)
    }

    @Sendable private func show(_ request: Request, _ context: AppContext) async throws -> Response {
        let token = context.parameters["token"]
        guard let user = try await deletions.user(for: token) else { return try refusal(context) }
        var page = try page(context)
        (page.token, page.email) = (token, user.email.text)
        page.next = try request.query()["callbackURL"] ?? ""
        return try pages.secretResponse(page)
    }

    @Sendable private func delete(_ request: Request, _ context: AppContext) async throws -> Response {
        let form = try request.form()
        do {
            try await deletions.request(token: form["token"] ?? "", from: Client(request))
        } catch AppError.notFound {
            return try refusal(context)
        }
        if let next = BetterAuthCall.continuation(of: form, origins, request) { return next }
        return .seeOther("/login?notice=deletion-requested")
    }

    private func page(_ context: AppContext) throws -> DeletionPage {
        DeletionPage(frame: try pages.frame(title: "Delete your account?", csrfSubject: context.csrfSubject))
    }

    private func refusal(_ context: AppContext) throws -> Response {
        var page = try page(context)
        page.error = "This link is no longer valid: it was used, has expired, or the account has changed."
        return try pages.secretResponse(page, status: .notFound)
    }
}
