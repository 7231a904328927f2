import Domain
import HTTPServer

// Requests and responses of the handlers of `SocialEndpoints`.
extension SocialEndpoints {
    static let unknownProvider = BetterAuthError(.notFound, "Provider not found", code: "PROVIDER_NOT_FOUND")
    static let idTokenNotSupported = BetterAuthError(
        .notFound, "id_token not supported", code: "ID_TOKEN_NOT_SUPPORTED")
    static let providerUnavailable = BetterAuthError(
        .serviceUnavailable, "The provider is not responding correctly at the moment.", code: "PROVIDER_UNAVAILABLE")
    static let lastAccount = BetterAuthError(
        .badRequest, "You can't unlink your last account", code: "FAILED_TO_UNLINK_LAST_ACCOUNT")
    static let accountNotFound = BetterAuthError(.badRequest, "Account not found", code: "ACCOUNT_NOT_FOUND")
    static let passwordKept = BetterAuthError(
        .badRequest, "A password is changed, and not unlinked.", code: "CREDENTIAL_ACCOUNT_KEPT")

    private static let visit = JSONSchema.request(
        nil, .required("provider", .text("google").saying("The name in the settings.")),
        .optional("callbackURL", .callbackURL), .optional("newUserCallbackURL", .callbackURL),
        .optional("errorCallbackURL", .callbackURL.saying("Gets `error` with a code.")),
        .optional("disableRedirect", .boolean(false).standardly(false)))

    private static let departure = Answer.json(
        .ok, "The address at the provider, where the client goes next.",
        .answer(
            nil,
            .required("url", .string("https://accounts.example.com/authorize?response_type=code")),
            .required("redirect", .boolean(true))),
        headers: [
            .init(
                name: "Set-Cookie",
                schema: .string("latchkey.provider=q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6; Path=/; HttpOnly; SameSite=Lax")),
            .init(name: "Location", schema: .string("https://accounts.example.com/authorize"), isRequired: false),
        ])

    static let signInOperation = Operation.betterAuthChange(
        "betterAuthSignInSocial",
        "Leads to a provider that the settings name. Its response is accepted in the browser that has the cookie of this one.",
        session: .none, body: .json(visit),
        answers: [
            departure, .betterAuth(unknownProvider), .betterAuth(idTokenNotSupported), .betterAuth(providerUnavailable),
            .invalidCallback, .betterAuthThrottled,
        ])

    static let linkOperation = Operation.betterAuthChange(
        "betterAuthLinkSocial", "Within ten minutes of signing in or of `verify-password`.", body: .json(visit),
        answers: [
            departure, .betterAuth(unknownProvider), .betterAuth(idTokenNotSupported), .betterAuth(.sessionNotFresh),
            .betterAuth(providerUnavailable), .invalidCallback, .betterAuthThrottled,
        ])

    static let unlinkOperation = Operation.betterAuthChange(
        "betterAuthUnlinkAccount", "Within ten minutes of signing in or of `verify-password`.",
        body: .json(.request(nil, .required("accountId", .text("x").saying("The `id` that `list-accounts` tells.")))),
        answers: [
            .json(.ok, "Unlinked.", .betterAuthStatus), .betterAuth(lastAccount), .betterAuth(accountNotFound),
            .betterAuth(passwordKept), .betterAuth(.sessionNotFresh),
        ]
    ).warning("The account at the provider no longer signs in here.")

    /// The output of `list`.
    static let listOperation = Operation.betterAuthRead(
        "betterAuthListAccounts", "By e-mail and password, unless there is none, and with providers.",
        answers: [
            .json(
                .ok, "The ways.",
                .array(
                    of: .answer(
                        "BetterAuthAccount",
                        .required("issuer", .string("local:credential").saying("Or the provider's.")),
                        .required("accountId", .string("0199d5a4-2d3e-7a51-b0c4-7d8e9f0a1b2c").saying("There.")),
                        .required("providerId", .string("credential").saying("Or the provider's name.")),
                        .required("userId", .userID),
                        .required("createdAt", .time),
                        .required("updatedAt", .time),
                        .required("id", .string("0199d5a4-2d3e-7a51-b0c4-7d8e9f0a1b2c")),
                        .required("scopes", .array(of: .string("email")).showing([])))))
        ])
}
