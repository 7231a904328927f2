import Auth
import Basics
import Calendar
import Domain
import HTTPServer

/// The invitations, for admins.
struct InvitationsHandlers: Sendable {
    let invitations: InvitationService
    let administration: @Sendable (AuditEvent.Source) -> AccountAdministration
    let proof: AdminProof
    let zones: TimeZoneDatabase
    let now: @Sendable () -> Timestamp
    let ownOrigin: @Sendable () -> String
    let pages: PageRenderer

    private static let path = AdminPart.invitations.path
    private static let shownInvitations = 100

    func addRoutes(to site: RouteGroup<AdminContext>) {
        site.get("admin/invitations", summary: "The invitations", use: show)
        site.post("admin/invitations", summary: "Make an invitation", use: create)
        site.post("admin/invitations/{invitation_id}/revoke", summary: "Revoke an invitation", use: revoke)
    }

    @Sendable private func show(_ request: Request, _ context: AdminContext) async throws -> Response {
        var page = try await page(request, context)
        if try request.query()["notice"] == "revoked" { page.notice = "The invitation is revoked." }
        return try pages.response(page)
    }

    /// Makes an invitation. Its link is part of the answer, as it is stored nowhere to lead there.
    @Sendable private func create(_ request: Request, _ context: AdminContext) async throws -> Response {
        let form = try request.form()
        let (email, uses) = ((form["email"] ?? "").trimmingWhitespace(), (form["uses"] ?? "").trimmingWhitespace())
        let days = form["days"] ?? ""
        // The form offers no other value; one that is no number is out of range.
        let (seconds, isTooLong) = (Int64(digits: days) ?? 0).multipliedReportingOverflow(by: 86_400)
        return try await proof.requiring(request, context, returningTo: Self.path) {
            do {
                let (_, token) = try await invitations.create(
                    for: email.isEmpty ? nil : String(email), uses: uses.isEmpty ? nil : Int(digits: uses) ?? 0,
                    lifetimeSeconds: isTooLong ? .max : seconds, by: context.source(request))
                var page = try await page(request, context)
                page.link = "\(ownOrigin())/invitation/\(token)"
                return try pages.response(page)
            } catch AppError.invalid(let issues) {
                var page = try await page(request, context)
                page.email = FormField(value: String(email), error: issues.message(for: "email"))
                page.uses = FormField(value: String(uses), error: issues.message(for: "uses"))
                page.lifetimes = InvitationsPage.choices(ofDays: days)
                page.error = issues.message(for: "expires_in_days")
                return try pages.response(
                    page, for: Problem(AppError.invalid(issues), requestID: request.id))
            }
        }
    }

    @Sendable private func revoke(_ request: Request, _ context: AdminContext) async throws -> Response {
        try await proof.requiring(request, context, returningTo: Self.path) {
            let id = InvitationID(untrusted: context.parameters["invitation_id"])
            guard let id, let found = try await invitations.named(id.rawValue).first else {
                throw HTTPError.unknownPath
            }
            _ = try await invitations.revoke(found, by: context.source(request))
            return .seeOther("\(Self.path)?notice=revoked")
        }
    }

    private func page(_ request: Request, _ context: AdminContext) async throws -> InvitationsPage {
        let administration = administration(context.source(request))
        let dates = DateFormat(context.user.locale, zones)
        var names: [String: String] = [:]
        var rows: [InvitationsPage.Row] = []
        for invitation in try await invitations.list(limit: Self.shownInvitations) {
            let author = invitation.createdBy
            if names[author] == nil {
                let admin = try await AuditEvent.admin(named: author).asyncFlatMap {
                    try await administration.user(id: $0.rawValue)
                }
                names[author] = admin?.email.text ?? author
            }
            rows.append(
                .init(
                    invitation: invitation, state: invitation.state(at: now()), author: names[author] ?? author,
                    dates: dates))
        }
        return InvitationsPage(
            frame: try pages.frame(title: "Invitations", for: context.user, csrfSubject: context.csrfSubject),
            policy: invitations.policy, rows: rows, needsPassword: !proof.isRecent(context))
    }
}
