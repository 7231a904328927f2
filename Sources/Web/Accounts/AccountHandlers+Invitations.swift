import Auth
import Domain
import HTTPServer

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
            return try pages.secretResponse(page)
        }
        guard invitations.policy.mode == .invited else { return .seeOther("/signup") }
        page.refusal = SignUpRefusal.invitationInvalid.sentence
        return try pages.secretResponse(page, status: .notFound)
    }
}
