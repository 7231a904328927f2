import Auth
import Domain
import HTTPServer
import NIOHTTP1

extension AccountHandlers {
    /// The sign-up form that carries an invitation. Viewing it does not use the invitation, as link previews fetch it
    /// too; submitting the form does.
    @Sendable func showInvitation(_ request: Request, _ context: AppContext) async throws -> Response {
        guard context.identity == nil else { return .seeOther(DashboardURL.path) }
        // Sign-up does not depend on invitations, one way or the other.
        guard invitations.policy.mode != .closed else { return .seeOther("/signup") }
        let token = context.parameters["token"]
        var page = try signUpPage(context)
        if let invitation = try await invitations.invitation(forToken: token, from: Client(request)) {
            page.invitation = token
            page.email.value = invitation.email?.text ?? ""
            return try response(page)
        }
        guard invitations.policy.mode == .invited else { return .seeOther("/signup") }
        page.refusal = SignUpRefusal.invitationInvalid.sentence
        return try response(page, .notFound)
    }

    /// The address of this page admits to an account, so no `Referer` contains its path (see `ResetHandlers`).
    private func response(_ page: SignUpPage, _ status: HTTPResponseStatus = .ok) throws -> Response {
        var response = try pages.response(page, status: status)
        response.headers.replaceOrAdd(name: "referrer-policy", value: "strict-origin")
        return response
    }
}
