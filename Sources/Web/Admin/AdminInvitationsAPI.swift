import Auth
import Basics
import Domain
import HTTPServer
import JSON
import NIOHTTP1

/// Invitations to sign up, for admins: what `latchkey invite` and the admin's page do as well. API tokens only read.
struct AdminInvitationsAPI: Sendable {
    let invitations: InvitationService
    let proof: AdminAPIProof
    let now: @Sendable () -> Timestamp
    let ownOrigin: @Sendable () -> String

    private static let lifetimeDays: ClosedRange<Int64> = 1...InvitationService.maximumLifetimeSeconds / 86_400
    private static let standardLifetimeDays = InvitationService.lifetimeSeconds / 86_400

    func addRoutes(to group: RouteGroup<AdminAPIContext>) {
        let invitations = group.group("admin/invitations").admitting(toRead: .adminRead)
        invitations.get(summary: "List the invitations", Self.listing, use: list)
        invitations.post(summary: "Make an invitation", Self.creating, use: create)
        invitations.post("{invitation_id}/revoke", summary: "Revoke an invitation", Self.revoking, use: revoke)
    }

    @Sendable private func list(_ request: Request, _ context: AdminAPIContext) async throws -> Response {
        let fields = try request.query()
        var issues = FieldIssues()
        let limit = AdminListLimit.read(fields, noting: &issues)
        let cursor = fields["cursor"].map { InvitationID(untrusted: $0) }
        if case .some(nil) = cursor { issues.add(AdminListLimit.cursorIssue) }
        guard issues.all.isEmpty else { throw InvalidQuery(issues: issues.all) }
        let found = try await invitations.list(before: cursor ?? nil, limit: limit + 1)
        let (shown, time) = (Array(found.prefix(limit)), now())
        var response = Response.json(.ok, size: 512 * (shown.count + 1)) {
            $0.array { json in for invitation in shown { json.object { $0.members(of: invitation, at: time) } } }
        }
        if found.count > limit, let last = shown.last {
            response.headers.add(
                name: "link",
                value: "<\(request.route.canonicalPath)?limit=\(limit)&cursor=\(last.id.rawValue)>; rel=\"next\"")
        }
        return response
    }

    @Sendable private func create(_ request: Request, _ context: AdminAPIContext) async throws -> Response {
        var email: String?
        var (uses, days) = (Patch<Int64>.keep, Self.standardLifetimeDays)
        try await proof.require(request, context) { body in
            email = body.optionalString("email").map { String($0.trimmingWhitespace()) }
            uses = body.integerOrNull("uses", in: InvitationService.uses)
            days = body.optionalInteger("expires_in_days", in: Self.lifetimeDays) ?? days
        }
        let (invitation, token) = try await invitations.create(
            for: email, uses: uses.applied(to: 1).map { Int($0) }, lifetimeSeconds: days * 86_400,
            by: context.source(request))
        return .json(.created) {
            $0.object {
                $0.members(of: invitation, at: invitation.createdAt)
                $0.member("url", "\(ownOrigin())/invitation/\(token)")
            }
        }
    }

    @Sendable private func revoke(_ request: Request, _ context: AdminAPIContext) async throws -> Response {
        try await proof.require(request, context)
        func named() async throws -> Invitation {
            let id = InvitationID(untrusted: context.parameters["invitation_id"])
            guard let id, let found = try await invitations.named(id.rawValue).first else {
                throw Self.noSuchInvitation
            }
            return found
        }
        _ = try await invitations.revoke(try await named(), by: context.source(request))
        let (revoked, time) = (try await named(), now())
        return .json(.ok) { $0.object { $0.members(of: revoked, at: time) } }
    }
}

// Requests and responses of the handlers above.
extension AdminInvitationsAPI {
    private static let noSuchInvitation = AppError.notFound("Invitation not found")

    private static let listing = Operation(
        "listInvitations", .administration, "The newest first; the next page's address is in the `Link` header.",
        parameters: AdminListLimit.parameters(cursor: "0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3"),
        answers: [
            .json(
                .ok, "The invitations.", .array(of: .madeInvitation),
                headers: [.nextPage("/api/admin/invitations?limit=50&cursor=0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3")]),
            .problem(.unprocessableEntity, [InvalidQuery(issues: [AdminListLimit.issue])]),
        ])

    private static let creating = Operation(
        "createInvitation", .administration,
        "Its holder makes an account: send the link where only those invited read it. " + AdminAPIProof.text,
        body: .optionalJSON(
            .request(
                "InvitationDraft",
                .optional(
                    "email",
                    JSONSchema.email.orNull().saying("The only address that may sign up with it; null for any.")),
                .optional(
                    "uses",
                    .integer(InvitationService.uses, 1).orNull().standardly(.integer(1))
                        .saying("How many accounts may be made with it; null for no limit.")),
                .optional("expires_in_days", .integer(lifetimeDays, 7).standardly(.integer(standardLifetimeDays))),
                .optional("password", AdminAPIProof.password))),
        answers: [
            .json(
                .created, "The invitation. Its link is not shown again.",
                .answer(
                    "NewInvitation",
                    properties: JSONSchema.madeInvitation.properties + [
                        .required(
                            "url", .string("https://tasks.example.com/invitation/q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6"))
                    ])),
            .problem(
                .forbidden, [AppError.proofRequired, SessionContext.foreignToken, AppError.signUpRefused(.closed)]),
            .invalid(FieldIssue("email", "This address has an account.", .wrongValue)),
        ] + AdminAPIProof.answers)

    private static let revoking = Operation(
        "revokeInvitation", .administration,
        "Accounts that were made with it stay. " + AdminAPIProof.text,
        parameters: [.path("invitation_id", .taskID)], body: AdminAPIProof.body,
        answers: [
            .json(.ok, "The invitation as it is now.", .madeInvitation),
            .problem(.notFound, [noSuchInvitation]),
            .problem(.forbidden, [AppError.proofRequired, SessionContext.foreignToken]),
            AdminAPIProof.invalid,
        ] + AdminAPIProof.answers)
}
