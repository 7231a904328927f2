import Auth
import Domain
import HTTPServer

/// Giving an account another address: the form on the account's page, and the page that the link in the e-mail leads
/// to. Viewing that page changes nothing, as mail scanners fetch links; its button does.
struct EmailChangeHandlers: Sendable {
    let changes: EmailChangeService
    let origins: OriginPolicy
    let pages: PageRenderer

    func addRoutes(to site: RouteGroup<AppContext>) {
        site.setting(\.secretParameter, to: "token")
            .get("change-email/{token}", summary: "The page that confirms a new e-mail address", use: show)
        site.setting(\.isForVisitors, to: true)
            .post("change-email", summary: "Confirm a new e-mail address", use: confirm)
    }

    @Sendable private func show(_ request: Request, _ context: AppContext) async throws -> Response {
        let token = context.parameters["token"]
        var page = try page(context)
        guard let change = try await changes.emailChange(for: token) else { return try Self.refusal(page, pages) }
        (page.token, page.email, page.newEmail) = (token, change.user.email.text, change.newEmail.text)
        page.next = try request.query()["callbackURL"] ?? ""
        return try pages.secretResponse(page)
    }

    @Sendable private func confirm(_ request: Request, _ context: AppContext) async throws -> Response {
        let form = try request.form()
        let token = form["token"] ?? ""
        var page = try page(context)
        page.newEmail = try await changes.emailChange(for: token)?.newEmail.text ?? ""
        do {
            try await changes.confirm(token: token, by: context.identity?.user.id, from: Client(request))
        } catch AppError.notFound {
            return try Self.refusal(page, pages)
        } catch let error as AppError where error == .emailTaken {
            page.error = "Another account has this address now. Choose another one."
            return try pages.secretResponse(page, for: Problem(error, requestID: request.id))
        }
        if let next = BetterAuthCall.continuation(of: form, origins, request) { return next }
        page.isChanged = true
        return try pages.secretResponse(page)
    }

    private func page(_ context: AppContext) throws -> EmailChangePage {
        EmailChangePage(frame: try pages.frame(title: "Your new address", csrfSubject: context.csrfSubject))
    }

    private static func refusal(_ page: EmailChangePage, _ pages: PageRenderer) throws -> Response {
        var page = page
        page.error =
            "This link is no longer valid: it was used, has expired, or a newer one was made. Change the address on your account’s page again."
        return try pages.secretResponse(page, status: .notFound)
    }
}
