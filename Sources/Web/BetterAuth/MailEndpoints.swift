import HTTPServer

/// Better Auth's mail operations, answered like its server without a configured mailer.
struct MailEndpoints: Sendable {
    let rules: BetterAuthRules
    let ownOrigin: @Sendable () -> String

    func addRoutes(to group: RouteGroup<AppContext>) {
        group.post(
            "request-password-reset", summary: "Better Auth: needs a mailer", Self.requestOperation, use: requestReset)
        group.post("reset-password", summary: "Better Auth: needs a mailer", Self.resetOperation, use: reset)
        group.setting(\.secretParameter, to: "token").get(
            "reset-password/{token}", summary: "Better Auth: needs a mailer", Self.callbackOperation,
            use: resetCallback)
        group.post(
            "send-verification-email", summary: "Better Auth: needs a mailer", Self.sendOperation,
            use: sendVerification)
        group.get("verify-email", summary: "Better Auth: needs a mailer", Self.verifyOperation, use: verify)
    }

    @Sendable private func requestReset(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        _ = (input.email("email"), input.optionalString("redirectTo"))
        try input.finish()
        throw Self.resetDisabled
    }

    /// No token was ever sent, so none is valid.
    @Sendable private func reset(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        let (password, token) = (input.string("newPassword"), input.optionalString("token") ?? call.query["token"])
        try input.finish()
        guard token != nil else { throw BetterAuthError.invalidToken }
        guard password.utf16.count >= 8 else { throw BetterAuthError.passwordTooShort }
        guard password.utf8.count <= 72 else { throw BetterAuthError.passwordTooLong }
        throw BetterAuthError.invalidToken
    }

    @Sendable private func resetCallback(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        guard call.query["callbackURL"] != nil else { throw Self.missing("callbackURL") }
        let error = "error=INVALID_TOKEN"
        return switch call.callbacks["callbackURL"] {
        case .url(let url): Self.redirect(url.appending(query: error).text)
        case .path(let path): Self.redirect(ownOrigin() + Self.appending(error, to: path))
        case nil: Self.redirect(ownOrigin() + Self.appending(error, to: "/api/auth/error"))
        }
    }

    @Sendable private func sendVerification(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        _ = (input.email("email"), input.optionalString("callbackURL"))
        try input.finish()
        throw Self.verificationDisabled
    }

    @Sendable private func verify(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        guard call.query["token"] != nil else { throw Self.missing("token") }
        let error = "error=INVALID_TOKEN"
        switch call.callbacks["callbackURL"] {
        case .url(let url): return Self.redirect(url.appending(query: error).text)
        case .path(let path): return Self.redirect(Self.appending(error, to: path))
        case nil: throw Self.unverified
        }
    }

    private static func missing(_ name: String) -> BetterAuthError {
        .validation("[query.\(name)] Invalid input: expected string, received undefined")
    }

    /// Appends a query to a callback's path, which has no fragment.
    private static func appending(_ query: String, to path: String) -> String {
        path + (path.utf8.contains(UInt8(ascii: "?")) ? "&" : "?") + query
    }

    private static func redirect(_ location: String) -> Response {
        Response(status: .found, headers: ["location": location, "content-type": "application/json"])
    }
}

// Requests and responses of the handlers above.
extension MailEndpoints {
    private static let resetDisabled = BetterAuthError(
        .badRequest, "Reset password isn't enabled", code: "RESET_PASSWORD_DISABLED")
    private static let verificationDisabled = BetterAuthError(
        .badRequest, "Verification email isn't enabled", code: "VERIFICATION_EMAIL_NOT_ENABLED")
    private static let unverified = BetterAuthError(.unauthorized, "Invalid token", code: "INVALID_TOKEN")

    private static let requestOperation = Operation.betterAuthChange(
        "betterAuthRequestPasswordReset", session: .none,
        body: .json(.request(nil, .required("email", .email), .optional("redirectTo", .callbackURL))),
        answers: [
            .betterAuth(resetDisabled),
            .betterAuth(BetterAuthError(.forbidden, "Invalid redirectURL", code: "INVALID_REDIRECT_URL")),
        ])

    private static let resetOperation = Operation.betterAuthChange(
        "betterAuthResetPassword", "No token was ever sent, so none is good.", session: .none,
        parameters: [.query("token", .text("x"))],
        body: .json(.request(nil, .required("newPassword", .newPassword), .optional("token", .text("x")))),
        answers: [
            .betterAuth(.invalidToken), .betterAuth(.passwordTooShort), .betterAuth(.passwordTooLong),
        ])

    private static let callbackOperation = Operation.betterAuthRead(
        "betterAuthResetPasswordCallback", "Where the link in a mail would lead; none was ever sent.", session: .none,
        parameters: [
            .path("token", .string(1...Int.max, "x")), .query("callbackURL", .callbackURL, isRequired: true),
        ],
        answers: [
            .betterAuthRedirect, .invalidCallback, .undecodable, .betterAuth(missing("callbackURL")),
        ])

    private static let sendOperation = Operation.betterAuthChange(
        "betterAuthSendVerificationEmail", session: .none,
        body: .json(.request(nil, .required("email", .email), .optional("callbackURL", .callbackURL))),
        answers: [.betterAuth(verificationDisabled), .invalidCallback])

    private static let verifyOperation = Operation.betterAuthRead(
        "betterAuthVerifyEmail", "Where the link in a mail would lead; none was ever sent.", session: .none,
        parameters: [.query("token", .text("x"), isRequired: true), .query("callbackURL", .callbackURL)],
        answers: [
            .betterAuthRedirect, .betterAuth(unverified), .invalidCallback, .betterAuth(missing("token")),
        ])
}
