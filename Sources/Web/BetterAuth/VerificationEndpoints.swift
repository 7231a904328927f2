import Auth
import Basics
import Domain
import HTTPServer
import JSON

/// Better Auth's operations that verify addresses.
struct VerificationEndpoints: Sendable {
    let verification: VerificationService
    let sessions: BetterAuthSessions
    let rules: BetterAuthRules
    let ownOrigin: @Sendable () -> String
    /// False if this server verifies no addresses; it then answers like Better Auth that does not.
    let isOn: Bool

    func addRoutes(to group: RouteGroup<AppContext>) {
        group.post(
            "send-verification-email", summary: "Better Auth: mail a link that verifies the address",
            Self.sendOperation, use: sendVerification)
        group.get("verify-email", summary: "Better Auth: the link in an e-mail", Self.verifyOperation, use: verify)
    }

    @Sendable private func sendVerification(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        let email = input.email("email")
        _ = input.optionalString("callbackURL")
        try input.finish()
        guard isOn else { throw Self.verificationDisabled }
        guard let address = EmailAddress(email) else { throw BetterAuthError.invalidEmail }
        if case .live(let found) = try await sessions.read(request) {
            guard found.user.email == address else { throw Self.mismatch }
            guard !found.user.isEmailVerified else { throw Self.alreadyVerified }
        }
        try await verification.request(
            address, continuingTo: call.callbacks["callbackURL"]?.text, from: Client(request))
        return .betterAuthDone
    }

    @Sendable private func verify(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        guard let token = call.query["token"] else { throw BetterAuthError.missingQuery("token") }
        let callback = call.callbacks["callbackURL"]
        if isOn, try await verification.user(for: token) != nil {
            // The real server verifies here. But mail scanners open links, so a page of ours asks first.
            let query = callback.map { "?callbackURL=" + PercentEncoding.encodeComponent($0.text) } ?? ""
            return .betterAuthRedirect("\(ownOrigin())/verify/\(token)\(query)")
        }
        guard let callback else { throw Self.unverified }
        return .betterAuthRedirect(callback.appending(query: "error=INVALID_TOKEN"))
    }
}

// Requests and responses of the handlers above.
extension VerificationEndpoints {
    static let verificationDisabled = BetterAuthError(
        .badRequest, "Verification email isn't enabled", code: "VERIFICATION_EMAIL_NOT_ENABLED")
    private static let mismatch = BetterAuthError(.badRequest, "Email mismatch", code: "EMAIL_MISMATCH")
    private static let alreadyVerified = BetterAuthError(
        .badRequest, "Email is already verified", code: "EMAIL_ALREADY_VERIFIED")
    private static let unverified = BetterAuthError(.unauthorized, "Invalid token", code: "INVALID_TOKEN")

    private static let sendOperation = Operation.betterAuthChange(
        "betterAuthSendVerificationEmail", session: .none,
        body: .json(.request(nil, .required("email", .email), .optional("callbackURL", .callbackURL))),
        answers: [
            .json(
                .ok, "An e-mail is on its way, if there is such an account whose address is not verified.",
                .betterAuthStatus),
            .betterAuth(verificationDisabled), .betterAuth(mismatch), .betterAuth(alreadyVerified), .invalidCallback,
        ])

    private static let verifyOperation = Operation.betterAuthRead(
        "betterAuthVerifyEmail", "Leads to a page that verifies the address when its button is pressed.",
        session: .none,
        parameters: [.query("token", .text("x"), isRequired: true), .query("callbackURL", .callbackURL)],
        answers: [
            .betterAuthRedirect, .betterAuth(unverified), .invalidCallback, .betterAuth(.missingQuery("token")),
        ])
}
