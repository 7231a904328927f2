import Auth
import Domain
import HTTPServer

/// The recent proof that the admin's actions require, and the page that asks for it.
struct AdminProof: Sendable {
    let proof: RecentProof
    let pages: PageRenderer

    func addRoutes(to site: RouteGroup<AdminContext>) {
        site.post("admin/confirm", summary: "Confirm the admin's password", use: confirm)
    }

    func isRecent(_ context: AdminContext) -> Bool { proof.isRecent(in: context.session) }

    /// Runs an action, or asks for the password first.
    /// - Parameter path: the page that follows the password.
    func requiring(
        _ request: Request, _ context: AdminContext, returningTo path: String, _ act: () async throws -> Response
    ) async throws -> Response {
        guard isRecent(context) else {
            return try page(
                context, next: path, error: nil, for: Problem(AppError.proofRequired, requestID: request.id))
        }
        return try await act()
    }

    @Sendable private func confirm(_ request: Request, _ context: AdminContext) async throws -> Response {
        let form = try request.form()
        let next = LocalPath(form["next"])?.text ?? AdminPart.server.path
        do {
            try await proof.renew(by: .password(form["password"] ?? ""), in: context.session, from: Client(request))
            return .seeOther(next)
        } catch let error as AppError {
            var problem = Problem(error, requestID: request.id)
            switch error {
            // The caller is signed in all the same.
            case .badCredentials: problem.status = .forbidden
            case .overloaded, .throttled: break
            default: throw error
            }
            let sentence = error == .badCredentials ? "This is not your password." : problem.detail
            return try page(context, next: next, error: sentence, for: problem)
        }
    }

    private func page(
        _ context: AdminContext, next: String, error: String?, for problem: Problem
    ) throws -> Response {
        let page = AdminConfirmPage(
            frame: try pages.frame(
                title: "Confirm your password", for: context.user, csrfSubject: context.csrfSubject),
            next: next, email: context.user.email.text, error: error)
        return try pages.response(page, for: problem)
    }
}
