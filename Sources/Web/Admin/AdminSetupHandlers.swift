import Auth
import Domain
import HTTPServer

/// Becoming the first admin with the token in the server's data directory. Once there is one, there is nothing here.
struct AdminSetupHandlers: Sendable {
    let setup: AdminSetup
    let pages: PageRenderer

    func addRoutes(to site: RouteGroup<SignedInPageContext>) {
        site.get("admin/setup", summary: "The page that makes the first admin", use: show)
        site.post("admin/setup", summary: "Become the first admin", use: use)
    }

    @Sendable private func show(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        guard try await setup.isOpen() else { throw HTTPError.unknownPath }
        return try pages.response(page(context))
    }

    @Sendable private func use(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        guard try await setup.isOpen() else { throw HTTPError.unknownPath }
        do {
            try await setup.use(try request.form()["token"] ?? "", by: context.user, from: Client(request))
            return .seeOther(AdminPart.server.path)
        } catch let error as AppError {
            var problem = Problem(error, requestID: request.id)
            switch error {
            case .notFound: problem.status = .unprocessableEntity
            case .throttled: break
            default: throw error
            }
            var page = try page(context)
            page.error = problem.detail
            return try pages.response(page, for: problem)
        }
    }

    private func page(_ context: SignedInPageContext) throws -> AdminSetupPage {
        AdminSetupPage(
            frame: try pages.frame(title: "First admin", for: context.user, csrfSubject: context.csrfSubject),
            email: context.user.email.text)
    }
}
