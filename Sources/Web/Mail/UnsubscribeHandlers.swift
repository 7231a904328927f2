import Auth
import Domain
import HTTPServer

/// Ending reminders with the link in one. Viewing the page changes nothing, as mail scanners fetch links; its button
/// does, and the POST that mail programs send by themselves (RFC 8058). Neither needs a cookie: the link is the proof.
struct UnsubscribeHandlers: Sendable {
    let reminders: ReminderMails
    let pages: PageRenderer

    func addRoutes(to site: RouteGroup<AppContext>) {
        let links = site.setting(\.secretParameter, to: "token")
        links.get("unsubscribe/{user_id}/{token}", summary: "The page that ends reminders by e-mail", use: show)
        links.post("unsubscribe/{user_id}/{token}", summary: "End reminders by e-mail", use: end)
    }

    @Sendable private func show(_ request: Request, _ context: AppContext) async throws -> Response {
        var page = try page(context)
        guard let user = try await user(context) else { return try refusal(page) }
        if user.mailsReminders {
            page.action = try reminders.unsubscribePath(of: user.id)
        } else {
            page.hasEnded = true
        }
        return try pages.secretResponse(page)
    }

    @Sendable private func end(_ request: Request, _ context: AppContext) async throws -> Response {
        var page = try page(context)
        guard let user = try await user(context) else { return try refusal(page) }
        try await reminders.end(for: user)
        page.hasEnded = true
        return try pages.secretResponse(page)
    }

    private func user(_ context: AppContext) async throws -> User? {
        try await reminders.user(
            UserID(rawValue: context.parameters["user_id"]), token: context.parameters["token"])
    }

    private func page(_ context: AppContext) throws -> UnsubscribePage {
        UnsubscribePage(frame: try pages.frame(title: "Reminders", csrfSubject: context.csrfSubject))
    }

    private func refusal(_ page: UnsubscribePage) throws -> Response {
        var page = page
        page.error = "This link is incomplete, or the account no longer exists."
        return try pages.secretResponse(page, status: .notFound)
    }
}
