import Auth
import Basics
import Domain
import HTTPServer
import JSON

/// The audit trail, for admins and their programs. There is nothing to change about it.
struct AdminTrailAPI: Sendable {
    let trail: any AuditStore
    let verification: AuditVerification
    let administration: @Sendable (AuditEvent.Source) -> AccountAdministration

    func addRoutes(to group: RouteGroup<AdminAPIContext>) {
        let trail = group.group("admin/trail").admitting(toRead: .adminRead)
        trail.get(summary: "Read the audit trail", Self.listing, use: list)
        trail.get("verification", summary: "Verify the audit trail", Self.verifying, use: verify)
    }

    @Sendable private func list(_ request: Request, _ context: AdminAPIContext) async throws -> Response {
        let fields = try request.query()
        let filter = TrailFilter(fields)
        var issues = FieldIssues()
        let limit = AdminListLimit.read(fields, noting: &issues)
        var query = try await filter.query(
            limit: limit + 1, in: nil, administration(context.source(request)), noting: &issues)
        if let cursor = fields["cursor"] {
            query.before = Int64(digits: cursor) ?? 0
            if query.before <= 0 {
                issues.add(AdminListLimit.cursorIssue)
            }
        }
        guard issues.all.isEmpty else { throw InvalidQuery(issues: issues.all) }
        let records = try await trail.last(query).reversed()
        let shown = Array(records.prefix(limit))
        var response = Response.json(.ok, size: 512 * (shown.count + 1)) {
            $0.array { json in for record in shown { json.object { $0.members(of: record) } } }
        }
        if records.count > limit, let last = shown.last {
            let parameters = filter.parameters([("limit", String(limit)), ("cursor", String(last.number))])
            response.headers.add(name: "link", value: "<\(request.route.canonicalPath)?\(parameters)>; rel=\"next\"")
        }
        return response
    }

    @Sendable private func verify(_ request: Request, _ context: AdminAPIContext) async throws -> Response {
        let finding = try await verification.run()
        return .json(.ok) {
            $0.object {
                $0.member("is_intact", finding.isGood)
                $0.member("message", finding.description)
                $0.member("rows", finding.rows)
                $0.member("last", finding.lastRow)
            }
        }
    }

    private static let listing = Operation(
        "readTrail", .administration,
        "The newest rows first, as `latchkey audit export` has them; the next page's address is in the `Link` header.",
        parameters: [
            .query("user", .text("ada@example.com").saying("The account concerned: an address or an id.")),
            .query(
                "by",
                .text("admin").saying(
                    """
                    The one who did it: an address or an id, `user`, `admin`, `server`, `command-line` or \
                    `command-line:NAME`.
                    """)),
            .query("event", .words(AuditEvent.Kind.allCases.map(\.rawValue))),
            .query(
                "since",
                .text("2026-11-28").saying("The first day, or a time such as `2026-11-28T12:00:00Z`; both of UTC.")),
            .query("until", .text("2026-11-28T12:00:00Z").saying("The last day, or a time.")),
        ] + AdminListLimit.parameters(cursor: "42"),
        answers: [
            .json(.ok, "The rows.", .array(of: .auditRow), headers: [.nextPage("/api/admin/trail?limit=50&cursor=42")]),
            .problem(.unprocessableEntity, [InvalidQuery(issues: [AdminListLimit.issue])]),
        ])

    private static let verifying = Operation(
        "verifyTrail", .administration, "Reads the whole trail.",
        answers: [
            .json(
                .ok, "The result.",
                .answer(
                    "TrailVerification",
                    .required("is_intact", .boolean(true)),
                    .required("message", .string("42 rows, all as they were written.")),
                    .required("rows", .integer(0...Int64.max, 42).orNull().saying("Null unless it is intact.")),
                    .required(
                        "last",
                        .string("42:c0de").orNull().saying(
                            "The last row, to be kept elsewhere and given to `latchkey audit verify --expect`."))))
        ])
}
