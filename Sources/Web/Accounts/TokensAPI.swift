import Auth
import Basics
import Domain
import HTTPServer
import JSON
import NIOHTTP1

/// API tokens, for clients that have signed in: no API token makes, lists or revokes one.
struct TokensAPI: Sendable {
    /// The lifetime of a token unless another is chosen, in days.
    static let standardLifetimeDays: Int64 = 90

    let tokens: APITokenService

    func addRoutes(to group: RouteGroup<SessionContext>) {
        group.get("tokens", summary: "List the API tokens", Self.listing, use: list)
        group.post("tokens", summary: "Make an API token", Self.creating, use: create)
        group.delete("tokens/{token_id}", summary: "Revoke an API token", Self.revoking, use: revoke)
    }

    @Sendable private func list(_ request: Request, _ context: SessionContext) async throws -> Response {
        let all = try await tokens.tokens(of: context.user.id)
        return .json(.ok, size: 256 * (all.count + 1)) {
            $0.array { json in for token in all { json.object { $0.apiTokenMembers(token) } } }
        }
    }

    @Sendable private func create(_ request: Request, _ context: SessionContext) async throws -> Response {
        var body = try JSONBody(request)
        let name = body.string("name")
        let scopes = body.strings("scopes")
        let lifetime = body.integerOrNull("expires_in_days", in: APIToken.lifetimeDays)
        let password = body.optionalString("password")
        try body.finish()
        let (token, text) = try await tokens.create(
            APITokenDraft(
                name: name, scopes: scopes,
                lifetimeDays: lifetime.applied(to: Self.standardLifetimeDays)),
            for: context.user, in: context.session, proving: password.map(ProofCredential.password),
            from: Client(request))
        return .json(.created) {
            $0.object {
                $0.apiTokenMembers(token)
                $0.member("token", text)
            }
        }
    }

    @Sendable private func revoke(_ request: Request, _ context: SessionContext) async throws -> Response {
        guard let id = APITokenID(untrusted: context.parameters["token_id"]),
            try await tokens.revoke(id, of: context.user.id, from: Client(request))
        else { throw Self.noSuchToken }
        return Response(status: .noContent, headers: ["cache-control": "no-store"])
    }
}

// Requests and responses of the handlers above.
extension TokensAPI {
    private static let noSuchToken = AppError.notFound("API token not found")

    private static let listing = Operation(
        "listTokens", .tokens, "Newest first. The token itself is shown only once, when it is made.",
        answers: [.json(.ok, "The tokens.", .array(of: .apiToken))])

    private static let creating = Operation(
        "createToken", .tokens,
        "Takes a sign-in of the last ten minutes, or the password. An account may have "
            + "\(APIToken.maximumPerAccount) tokens.",
        body: .json(
            .request(
                "TokenDraft",
                .required("name", .text(1...ItemName.maximumLength, "Backup script")),
                .required(
                    "scopes",
                    .array(of: .scope).showing(["tasks:read"])
                        .saying("What it may do, at least one of them. None includes another.")),
                .optional(
                    "expires_in_days",
                    .integer(APIToken.lifetimeDays, 30).orNull().standardly(.integer(standardLifetimeDays))
                        .saying("Null for a token without an expiry.")),
                .optional("password", .text("a long password").orNull()))),
        answers: [
            .json(
                .created, "The token. Its text is not shown again.",
                .answer(
                    "NewToken",
                    properties: JSONSchema.apiToken.properties + [
                        .required(
                            "token",
                            .string(
                                pattern: "^lk_[0-9A-Za-z]{46}$", "lk_0123456789abcdefghijABCDEFGHIJ01234567891hXi6t"
                            )
                            .saying("For `Authorization: Bearer …`."))
                    ])),
            .problem(.unauthorized, [AppError.badCredentials]),
            .problem(.forbidden, [AppError.proofRequired]),
            .invalid(FieldIssue("scopes", "Choose at least one scope.", .tooShort)),
            .throttled, .overloaded,
        ])

    private static let revoking = Operation(
        "revokeToken", .tokens, "It is refused from the next request on.", parameters: [.path("token_id", .taskID)],
        answers: [.empty(.noContent, "Revoked."), .problem(.notFound, [noSuchToken])])
}

extension JSONWriter {
    fileprivate mutating func apiTokenMembers(_ token: APIToken) {
        member("id", token.id.rawValue)
        member("name", token.name.text)
        name("scopes")
        array { json in for scope in token.scopes.all { json.string(scope.rawValue) } }
        member("created_at", token.createdAt)
        member("expires_at", token.expiresAt?.rfc3339)
        member("last_used_at", token.lastUsedAt?.rfc3339)
        member("last_used_address", token.lastUsedAddress.isEmpty ? nil : token.lastUsedAddress)
    }
}

extension JSONSchema {
    fileprivate static let scope = words(TokenScope.allCases.map(\.rawValue))

    /// The output of `apiTokenMembers`.
    fileprivate static let apiToken = answer(
        "Token",
        .required("id", .taskID),
        .required("name", .string(1...ItemName.maximumLength, "Backup script")),
        .required("scopes", .array(of: .scope)),
        .required("created_at", .time),
        .required(
            "expires_at", .time.orNull().saying("Null if it has no expiry. Expired ones are listed for a month.")),
        .required("last_used_at", .time.orNull().saying("To the minute.")),
        .required("last_used_address", .string("203.0.113.7").orNull()))
}
