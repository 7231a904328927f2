import HTTPServer

/// Better Auth's operations that verify addresses, answered like its server when it does not verify them.
struct VerificationEndpoints: Sendable {
    let rules: BetterAuthRules

    func addRoutes(to group: RouteGroup<AppContext>) {
        group.post(
            "send-verification-email", summary: "Better Auth: verification is off", Self.sendOperation,
            use: sendVerification)
        group.get("verify-email", summary: "Better Auth: verification is off", Self.verifyOperation, use: verify)
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
        guard call.query["token"] != nil else { throw BetterAuthError.missingQuery("token") }
        guard let callback = call.callbacks["callbackURL"] else { throw Self.unverified }
        return .betterAuthRedirect(callback.appending(query: "error=INVALID_TOKEN"))
    }
}

// Requests and responses of the handlers above.
extension VerificationEndpoints {
    private static let verificationDisabled = BetterAuthError(
        .badRequest, "Verification email isn't enabled", code: "VERIFICATION_EMAIL_NOT_ENABLED")
    private static let unverified = BetterAuthError(.unauthorized, "Invalid token", code: "INVALID_TOKEN")

    private static let sendOperation = Operation.betterAuthChange(
        "betterAuthSendVerificationEmail", session: .none,
        body: .json(.request(nil, .required("email", .email), .optional("callbackURL", .callbackURL))),
        answers: [.betterAuth(verificationDisabled), .invalidCallback])

    private static let verifyOperation = Operation.betterAuthRead(
        "betterAuthVerifyEmail", "Where the link in a mail would lead; none is sent.", session: .none,
        parameters: [.query("token", .text("x"), isRequired: true), .query("callbackURL", .callbackURL)],
        answers: [
            .betterAuthRedirect, .betterAuth(unverified), .invalidCallback, .betterAuth(.missingQuery("token")),
        ])
}
