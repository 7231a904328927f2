import HTTPServer
import JSON

/// What Better Auth does by mail, as its server answers when no mailer is configured.
struct MailEndpoints: Sendable {
    let rules: BetterAuthRules
    let ownOrigin: @Sendable () -> String

    func addRoutes(to group: RouteGroup<AppContext>) {
        group.post("request-password-reset", summary: "Better Auth: needs a mailer", use: requestReset)
        group.post("reset-password", summary: "Better Auth: needs a mailer", use: reset)
        group.get("reset-password/{token}", summary: "Better Auth: needs a mailer", use: resetCallback)
        group.post("send-verification-email", summary: "Better Auth: needs a mailer", use: sendVerification)
        group.get("verify-email", summary: "Better Auth: needs a mailer", use: verify)
    }

    @Sendable private func requestReset(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        _ = (input.email("email"), input.optionalString("redirectTo"))
        try input.finish()
        throw BetterAuthError(.badRequest, "Reset password isn't enabled", code: "RESET_PASSWORD_DISABLED")
    }

    /// No token was ever sent, so none is good.
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
        guard let url = call.query["callbackURL"] else { throw Self.missing("callbackURL") }
        return Self.redirect(url.hasPrefix("/") ? ownOrigin() + url : url, error: "INVALID_TOKEN")
    }

    @Sendable private func sendVerification(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        _ = (input.email("email"), input.optionalString("callbackURL"))
        try input.finish()
        throw BetterAuthError(
            .badRequest, "Verification email isn't enabled", code: "VERIFICATION_EMAIL_NOT_ENABLED")
    }

    @Sendable private func verify(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        guard call.query["token"] != nil else { throw Self.missing("token") }
        if let url = call.query["callbackURL"] { return Self.redirect(url, error: "INVALID_TOKEN") }
        throw BetterAuthError(.unauthorized, "Invalid token", code: "INVALID_TOKEN")
    }

    private static func missing(_ name: String) -> BetterAuthError {
        .validation("[query.\(name)] Invalid input: expected string, received undefined")
    }

    /// The address was checked when the call was read.
    private static func redirect(_ url: String, error: String) -> Response {
        let separator = url.utf8.contains(UInt8(ascii: "?")) ? "&" : "?"
        return Response(
            status: .found,
            headers: ["location": "\(url)\(separator)error=\(error)", "content-type": "application/json"])
    }
}
