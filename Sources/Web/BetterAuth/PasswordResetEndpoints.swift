import Auth
import Domain
import HTTPServer
import JSON

/// Better Auth's operations that set a new password with a link in an e-mail.
struct PasswordResetEndpoints: Sendable {
    let resets: PasswordResetService
    let rules: BetterAuthRules
    let ownOrigin: @Sendable () -> String
    /// False if this server sends no mail; it then answers like Better Auth without a mailer.
    let hasMail: Bool

    func addRoutes(to group: RouteGroup<AppContext>) {
        group.post(
            "request-password-reset", summary: "Better Auth: mail a link to set a new password", Self.requestOperation,
            use: request)
        group.post("reset-password", summary: "Better Auth: set a new password", Self.resetOperation, use: reset)
        group.setting(\.secretParameter, to: "token").get(
            "reset-password/{token}", summary: "Better Auth: the link in an e-mail", Self.callbackOperation,
            use: callback)
    }

    /// The response is the same whether there is such an account or not.
    @Sendable private func request(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        let email = input.email("email")
        _ = input.optionalString("redirectTo")
        try input.finish()
        guard hasMail else { throw Self.disabled }
        try await resets.request(
            email: email, redirectingTo: call.callbacks["redirectTo"]?.text, from: Client(request))
        return .betterAuth { json in
            json.object {
                $0.member("status", true)
                $0.member("message", Self.requested)
            }
        }
    }

    @Sendable private func reset(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        let (password, token) = (input.string("newPassword"), input.optionalString("token") ?? call.query["token"])
        try input.finish()
        guard let token else { throw BetterAuthError.invalidToken }
        guard password.utf16.count >= 8 else { throw BetterAuthError.passwordTooShort }
        guard password.utf8.count <= 72 else { throw BetterAuthError.passwordTooLong }
        do {
            try await resets.reset(token: token, to: password, from: Client(request))
        } catch AppError.notFound {
            await resets.linkRefused(from: Client(request))
            throw BetterAuthError.invalidToken
        }
        return .betterAuthDone
    }

    /// Leads to the page of an application that sets the password. It only looks at the token.
    @Sendable private func callback(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        guard call.query["callbackURL"] != nil else { throw BetterAuthError.missingQuery("callbackURL") }
        let token = context.parameters["token"]
        let isValid = try await resets.user(forResetToken: token) != nil
        if !isValid { await resets.linkRefused(from: Client(request)) }
        guard let callback = call.callbacks["callbackURL"] else {
            return .betterAuthRedirect(ownOrigin() + "/api/auth/error?error=INVALID_TOKEN")
        }
        let target = callback.appending(query: isValid ? "token=\(token)" : "error=INVALID_TOKEN")
        if case .path = callback { return .betterAuthRedirect(ownOrigin() + target) }
        return .betterAuthRedirect(target)
    }
}

// Requests and responses of the handlers above.
extension PasswordResetEndpoints {
    private static let requested = "If this email exists in our system, check your email for the reset link"
    static let disabled = BetterAuthError(
        .badRequest, "Reset password isn't enabled", code: "RESET_PASSWORD_DISABLED")

    private static let requestOperation = Operation.betterAuthChange(
        "betterAuthRequestPasswordReset",
        "The response is the same whether there is an account with this address or not.", session: .none,
        body: .json(.request(nil, .required("email", .email), .optional("redirectTo", .callbackURL))),
        answers: [
            .json(
                .ok, "An e-mail is on its way, if there is such an account.",
                .answer(nil, .required("status", .boolean(true)), .required("message", .string(requested)))),
            .betterAuth(disabled),
            .betterAuth(BetterAuthError(.forbidden, "Invalid redirectURL", code: "INVALID_REDIRECT_URL")),
        ])

    private static let resetOperation = Operation.betterAuthChange(
        "betterAuthResetPassword", "Ends all sessions of the account, and uses the link up.", session: .none,
        parameters: [.query("token", .text("x"))],
        body: .json(.request(nil, .required("newPassword", .newPassword), .optional("token", .text("x")))),
        answers: [
            .json(.ok, "The new password is set.", .betterAuthStatus),
            .betterAuth(.invalidToken), .betterAuth(.passwordTooShort), .betterAuth(.passwordTooLong),
        ])

    private static let callbackOperation = Operation.betterAuthRead(
        "betterAuthResetPasswordCallback",
        "The link in an e-mail that was asked for with a `redirectTo`: leads there, with the token. Uses nothing up.",
        session: .none,
        parameters: [
            .path("token", .string(1...Int.max, "x")), .query("callbackURL", .callbackURL, isRequired: true),
        ],
        answers: [
            .betterAuthRedirect, .invalidCallback, .undecodable, .betterAuth(.missingQuery("callbackURL")),
        ])
}
