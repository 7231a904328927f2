import Auth
import Basics
import Domain
import HTTPServer
import JSON
import NIOHTTP1

/// The accounts, for admins: what `latchkey user` and the admin's pages do as well. API tokens only read.
struct AdminUsersAPI: Sendable {
    let administration: @Sendable (AuditEvent.Source) -> AccountAdministration
    let proof: AdminAPIProof
    let ownOrigin: @Sendable () -> String

    private static let limits: ClosedRange<Int> = 1...100
    private static let standardLimit = 50

    func addRoutes(to group: RouteGroup<AdminAPIContext>) {
        let users = group.group("admin/users").admitting(toRead: .adminRead)
        users.get(summary: "Find accounts", Self.listing, use: list)
        users.get("{user_id}", summary: "Read an account", Self.reading, use: read)
        for action in AdminAction.allCases {
            users.post("{user_id}/\(action.rawValue)", summary: action.summary, Self.acting(action)) {
                try await act(action, $0, $1)
            }
        }
        users.post("{user_id}/reset-link", summary: "Make a link for a new password", Self.linking, use: makeLink)
        users.delete("{user_id}", summary: "Delete an account for good", Self.deleting, use: delete)
    }

    @Sendable private func list(_ request: Request, _ context: AdminAPIContext) async throws -> Response {
        let query = try request.query()
        let limit = query["limit"].map { Int(digits: $0) ?? 0 } ?? Self.standardLimit
        guard Self.limits.contains(limit) else {
            throw InvalidQuery(issues: [FieldIssue("limit", "Field 'limit' must be 1 to 100.", .wrongValue)])
        }
        let search = query["search"] ?? ""
        let users = try await administration(context.source(request)).users(
            matching: UserQuery(
                search: search.isEmpty ? nil : .beginning(search), after: query["after"] ?? "", limit: limit))
        return .json(.ok, size: 512 * (users.count + 1)) {
            $0.array { json in for user in users { json.object { $0.adminMembers(user) } } }
        }
    }

    @Sendable private func read(_ request: Request, _ context: AdminAPIContext) async throws -> Response {
        let administration = administration(context.source(request))
        return try await response(try await user(administration, context), administration)
    }

    private func act(
        _ action: AdminAction, _ request: Request, _ context: AdminAPIContext
    ) async throws -> Response {
        try await proving(request, context) { administration, user in
            _ = try await action.run(administration, user)
            return try await response(try await self.user(administration, context), administration)
        }
    }

    @Sendable private func makeLink(_ request: Request, _ context: AdminAPIContext) async throws -> Response {
        try await proving(request, context) { administration, user in
            guard user.isActive else { throw Self.inactive }
            let (token, expiry) = try await administration.makeResetToken(for: user)
            return .json(.created) {
                $0.object {
                    $0.member("url", "\(ownOrigin())/reset/\(token)")
                    $0.member("expires_at", expiry)
                }
            }
        }
    }

    @Sendable private func delete(_ request: Request, _ context: AdminAPIContext) async throws -> Response {
        try await proving(request, context) { administration, user in
            guard try await administration.delete(user) else { throw Self.noSuchUser }
            return Response(status: .noContent, headers: ["cache-control": "no-store"])
        }
    }

    /// Runs an action of a session with a recent proof, or with the password in the body.
    private func proving(
        _ request: Request, _ context: AdminAPIContext,
        _ act: (AccountAdministration, User) async throws -> Response
    ) async throws -> Response {
        try await proof.require(request, context)
        let administration = administration(context.source(request))
        return try await act(administration, try await user(administration, context))
    }

    private func user(_ administration: AccountAdministration, _ context: AdminAPIContext) async throws -> User {
        guard let user = try await administration.user(id: context.parameters["user_id"]) else { throw Self.noSuchUser }
        return user
    }

    private func response(_ user: User, _ administration: AccountAdministration) async throws -> Response {
        let overview = try await administration.overview(of: user)
        return .json(.ok) {
            $0.object {
                $0.adminMembers(user)
                $0.member("sessions", Int64(overview.sessions.count))
                $0.member("api_tokens", Int64(overview.apiTokens.count))
                $0.member("has_password", overview.hasPassword)
                $0.members(of: overview, user)
                $0.member("last_seen_at", overview.lastSeenAt?.rfc3339)
            }
        }
    }
}

// Requests and responses of the handlers above.
extension AdminUsersAPI {
    private static let noSuchUser = AppError.notFound("User not found")
    private static let inactive = AppError.inactiveAccount

    private static let listing = Operation(
        "findUsers", .administration, "In the order of their addresses.",
        parameters: [
            .query("search", .text("ada").saying("The beginning of an address or a name, or an id.")),
            .query("after", .text("ada@example.com").saying("The address of the last one of the page before.")),
            .query(
                "limit",
                .integer(Int64(limits.lowerBound)...Int64(limits.upperBound), 20)
                    .standardly(.integer(Int64(standardLimit)))),
        ],
        answers: [
            .json(.ok, "The accounts.", .array(of: .foundUser)),
            .problem(
                .unprocessableEntity,
                [InvalidQuery(issues: [FieldIssue("limit", "Field 'limit' must be 1 to 100.", .wrongValue)])]),
        ])

    private static let reading = onUser("readUser", answers: [.json(.ok, "The account.", .administeredUser)])

    private static func acting(_ action: AdminAction) -> Operation {
        changing(action.operation, action.text, answers: [.json(.ok, "The account as it is now.", .administeredUser)])
    }

    private static let linking = changing(
        "makeResetLink", "It works once, within a day. It opens the account: send it where only its owner reads it.",
        answers: [
            .json(
                .created, "The link. It is not shown again.",
                .answer(
                    "ResetLink",
                    .required("url", .string("https://tasks.example.com/reset/q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6")),
                    .required("expires_at", .time))),
            .problem(.unauthorized, [inactive]),
        ])

    private static let deleting = changing(
        "deleteUser", "With everything in it, at once.", answers: [.empty(.noContent, "Deleted.")]
    ).warning("The account and everything in it is deleted for good.")

    private static func changing(_ id: String, _ text: String, answers: [Answer]) -> Operation {
        onUser(
            id, text + " " + AdminAPIProof.text, body: AdminAPIProof.body,
            answers: answers + [
                .problem(.forbidden, [AppError.proofRequired, SessionContext.foreignToken]),
                .problem(.conflict, [AppError.lastAdmin]), AdminAPIProof.invalid,
            ] + AdminAPIProof.answers)
    }

    private static func onUser(
        _ id: String, _ text: String = "", body: Body? = nil, answers: [Answer]
    ) -> Operation {
        Operation(
            id, .administration, text, parameters: [.path("user_id", .userID)], body: body,
            answers: answers + [.problem(.notFound, [noSuchUser])])
    }
}

extension JSONWriter {
    fileprivate mutating func adminMembers(_ user: User) {
        member("id", user.id.rawValue)
        member("email", user.email.text)
        member("username", user.username)
        member("is_active", user.isActive)
        member("is_admin", user.isAdmin)
        member("email_verified", user.isEmailVerified)
        member("has_second_factor", user.hasSecondFactor)
        member("deletion_requested_at", user.deletionRequestedAt?.rfc3339)
        member("created_at", user.createdAt)
        member("updated_at", user.updatedAt)
    }
}

extension JSONSchema {
    /// The output of `adminMembers`.
    fileprivate static let foundUser = answer(
        "FoundUser",
        .required("id", .userID),
        .required("email", .string(format: "email", "ada@example.com")),
        .required("username", .string(1...Username.maximumLength, "Ada").orNull()),
        .required("is_active", .boolean(true)),
        .required("is_admin", .boolean(false)),
        .required("email_verified", .boolean(true)),
        .required("has_second_factor", .boolean(false)),
        .required("deletion_requested_at", .time.orNull()),
        .required("created_at", .time),
        .required("updated_at", .time))

    fileprivate static let administeredUser = answer(
        "AdministeredUser",
        properties: foundUser.properties + [
            .required("sessions", .integer(0...Int64.max, 2).saying("How many there are.")),
            .required("api_tokens", .integer(0...Int64.max, 1).saying("How many there are.")),
            .required("has_password", .boolean(true)),
            .required("passkeys", .integer(0...Int64.max, 1).saying("How many there are.")),
            .required(
                "providers",
                .array(of: .string("github")).saying("The names of the providers of the accounts that are linked.")),
            .required("recovery_codes", .integer(0...Int64.max, 10).saying("How many were not used.")),
            .required(
                "password_reset_ready_at",
                .time.orNull()
                    .saying("The time from which recovery codes alone set a new password; null if none waits.")),
            .required("last_seen_at", .time.orNull().saying("The last use of a session that has not ended.")),
        ])
}
