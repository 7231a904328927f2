import Auth
import Basics
import HTTPServer
import Mail

/// The e-mails that were written to files instead of being sent, for development. Their links give access to accounts,
/// so they are shown on this machine only: neither through a proxy, which would make every client local, nor under a name
/// that another site has pointed at this machine.
struct DevelopmentMailHandlers: Sendable {
    let folder: MailFolder
    let pages: PageRenderer

    func addRoutes(to site: RouteGroup<AppContext>) {
        site.get("dev/mail", summary: "The latest mail, in development on this machine", use: show)
    }

    @Sendable private func show(_ request: Request, _ context: AppContext) async throws -> Response {
        guard Self.isLocal(request) else { throw HTTPError(.notFound, "This page does not exist.") }
        let page = DevelopmentMailPage(
            frame: try pages.frame(
                title: "Mail", for: context.identity?.user, csrfSubject: context.csrfSubject),
            mails: folder.messages.map(DevelopmentMailPage.ShownMail.init))
        return try pages.response(page)
    }

    private static func isLocal(_ request: Request) -> Bool {
        guard request.isFromThisMachine, let host = request.headers.first(name: "host") else { return false }
        return WebOrigin(url: "http://" + host)?.isLocal ?? false
    }
}
