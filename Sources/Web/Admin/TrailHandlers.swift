import Auth
import Basics
import Calendar
import Domain
import HTTPServer

/// The audit trail, for admins.
struct TrailHandlers: Sendable {
    let trail: any AuditStore
    let verification: AuditVerification
    let administration: @Sendable (AuditEvent.Source) -> AccountAdministration
    let zones: TimeZoneDatabase
    let pages: PageRenderer

    private static let pageSize = 50

    func addRoutes(to site: RouteGroup<AdminContext>) {
        site.get("admin/trail", summary: "The audit trail", use: show)
        site.post("admin/trail/verify", summary: "Verify the audit trail", use: verify)
    }

    @Sendable private func show(_ request: Request, _ context: AdminContext) async throws -> Response {
        try pages.response(try await page(try request.query(), request, context))
    }

    @Sendable private func verify(_ request: Request, _ context: AdminContext) async throws -> Response {
        var page = try await page(FormFields(), request, context)
        let finding = try await verification.run()
        page.finding = .init(sentence: "\(finding)", isGood: finding.isGood)
        return try pages.response(page)
    }

    private func page(
        _ fields: FormFields, _ request: Request, _ context: AdminContext
    ) async throws -> TrailPage {
        let filter = TrailFilter(fields)
        let dates = DateFormat(context.user.locale, zones)
        let administration = administration(context.source(request))
        var issues = FieldIssues()
        var query = try await filter.query(
            limit: Self.pageSize + 1, in: dates.zone, administration, noting: &issues)
        let found = issues.all
        var page = TrailPage(
            frame: try pages.frame(title: "Audit trail", for: context.user, csrfSubject: context.csrfSubject),
            user: FormField(value: filter.user, error: found.message(for: "user")),
            author: FormField(value: filter.author, error: found.message(for: "by")),
            events: [FormChoice(value: "", label: "All", isChosen: filter.event.isEmpty)]
                + AuditEvent.Kind.allCases.map {
                    FormChoice(value: $0.rawValue, label: $0.rawValue, isChosen: $0.rawValue == filter.event)
                },
            since: FormField(value: filter.since, error: found.message(for: "since")),
            until: FormField(value: filter.until, error: found.message(for: "until")))
        guard found.isEmpty else { return page }
        query.before = fields["before"].flatMap { Int64(digits: $0) } ?? .max
        let records = try await trail.last(query).reversed()
        let shown = Array(records.prefix(Self.pageSize))
        let names = try await names(in: shown, administration)
        page.rows = shown.map { .init(record: $0, names: names, dates: dates) }
        if records.count > shown.count, let last = shown.last {
            page.earlier = "\(AdminPart.trail.path)?\(filter.parameters([("before", String(last.number))]))"
        }
        return page
    }

    /// The addresses of the accounts that rows name.
    private func names(
        in records: [AuditRecord], _ administration: AccountAdministration
    ) async throws -> [UserID: String] {
        var names: [UserID: String] = [:]
        for id in Set(records.flatMap { [$0.userID, $0.admin].compactMap { $0 } }) {
            names[id] = try await administration.user(id: id.rawValue)?.email.text
        }
        return names
    }
}
