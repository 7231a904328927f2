import Auth
import Basics
import Calendar
import Domain
import HTTPServer

/// The accounts, for admins. Each action is the same that `latchkey user` does, with the admin as its author.
struct PeopleHandlers: Sendable {
    let administration: @Sendable (AuditEvent.Source) -> AccountAdministration
    let audit: AuditTrail
    let proof: AdminProof
    let zones: TimeZoneDatabase
    let ownOrigin: @Sendable () -> String
    let pages: PageRenderer

    private static let pageSize = 50
    private static let shownActivities = 10

    func addRoutes(to site: RouteGroup<AdminContext>) {
        site.get("admin/people", summary: "The accounts", use: list)
        site.get("admin/people/{user_id}", summary: "An account", use: show)
        let person = site.group("admin/people/{user_id}")
        for action in AdminAction.allCases {
            person.post(action.rawValue, summary: action.summary) { try await act(action, $0, $1) }
        }
        person.post("reset-link", summary: "Make a link for a new password", use: makeResetLink)
        person.post("delete", summary: "Delete an account for good", use: delete)
    }

    @Sendable private func list(_ request: Request, _ context: AdminContext) async throws -> Response {
        let query = try request.query()
        let search = (query["q"] ?? "").trimmingWhitespace()
        let showsAdmins = query["admins"] != nil
        // One extra row shows if there is another page.
        let found = try await administration(context.source(request)).users(
            matching: UserQuery(
                search: search.isEmpty ? nil : .beginning(String(search)), isAdmin: showsAdmins,
                after: query["after"] ?? "", limit: Self.pageSize + 1))
        let shown = found.prefix(Self.pageSize)
        var next = FormFields()
        if !search.isEmpty { next.append("q", String(search)) }
        if showsAdmins { next.append("admins", "1") }
        if let last = shown.last { next.append("after", last.email.text) }
        let dates = dates(of: context)
        var page = PeoplePage(
            frame: try frame("People", context), search: String(search), showsAdmins: showsAdmins,
            people: shown.map { .init(user: $0, dates: dates) },
            next: found.count > shown.count ? "\(AdminPart.people.path)?\(next.urlEncoded)" : nil)
        if query["notice"] == "deleted" { page.notice = "The account is deleted, with everything in it." }
        return try pages.response(page)
    }

    @Sendable private func show(_ request: Request, _ context: AdminContext) async throws -> Response {
        var page = try await page(try await user(request, context), request, context)
        page.notice = try request.query()["notice"].flatMap(PersonPage.notice)
        return try pages.response(page)
    }

    // MARK: Actions

    private func act(
        _ action: AdminAction, _ request: Request, _ context: AdminContext
    ) async throws -> Response {
        try await proving(request, context) { administration, user in
            let notice = try await action.run(administration, user) ? action.rawValue : PersonPage.unchanged
            return .seeOther("\(PersonPage.path(of: user.id))?notice=\(notice)")
        }
    }

    /// Makes a link. It is part of the answer, as it is stored nowhere to lead there.
    @Sendable private func makeResetLink(_ request: Request, _ context: AdminContext) async throws -> Response {
        try await proving(request, context) { administration, user in
            var page = try await page(user, request, context)
            guard user.isActive else {
                page.error = "This account is deactivated. Activate it first."
                return try pages.response(page, status: .conflict)
            }
            page.resetLink = "\(ownOrigin())/reset/\(try await administration.makeResetToken(for: user).token)"
            return try pages.response(page)
        }
    }

    @Sendable private func delete(_ request: Request, _ context: AdminContext) async throws -> Response {
        let typed = try request.form()["email"] ?? ""
        return try await proving(request, context) { administration, user in
            guard EmailAddress(typed) == user.email else {
                var page = try await page(user, request, context)
                page.deletionError = "This is not the address of the account."
                return try pages.response(page, status: .unprocessableEntity)
            }
            _ = try await administration.delete(user)
            return .seeOther("\(AdminPart.people.path)?notice=deleted")
        }
    }

    private func proving(
        _ request: Request, _ context: AdminContext,
        _ act: (AccountAdministration, User) async throws -> Response
    ) async throws -> Response {
        let user = try await user(request, context)
        return try await proof.requiring(request, context, returningTo: PersonPage.path(of: user.id)) {
            do {
                return try await act(administration(context.source(request)), user)
            } catch let error as AppError where error == .lastAdmin {
                let problem = Problem(error, requestID: request.id)
                var page = try await page(user, request, context)
                page.error = problem.detail
                return try pages.response(page, for: problem)
            }
        }
    }

    // MARK: Pages

    private func user(_ request: Request, _ context: AdminContext) async throws -> User {
        guard let user = try await administration(context.source(request)).user(id: context.parameters["user_id"])
        else { throw HTTPError.unknownPath }
        return user
    }

    private func page(_ user: User, _ request: Request, _ context: AdminContext) async throws -> PersonPage {
        PersonPage(
            frame: try frame(user.email.text, context), user: user,
            overview: try await administration(context.source(request)).overview(of: user),
            records: try await audit.newest(of: user.id, limit: Self.shownActivities), dates: dates(of: context),
            needsPassword: !proof.isRecent(context))
    }

    private func frame(_ title: String, _ context: AdminContext) throws -> PageFrame {
        try pages.frame(title: title, for: context.user, csrfSubject: context.csrfSubject)
    }

    private func dates(of context: AdminContext) -> DateFormat {
        DateFormat(context.user.locale, zones)
    }
}
