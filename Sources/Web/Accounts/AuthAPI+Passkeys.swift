import Auth
import Domain
import HTTPServer
import JSON

/// Signing in with a passkey over JSON.
extension AuthAPI {
    private static let maximumBodySize = 64 * 1024

    func addPasskeyRoutes(to signing: RouteGroup<AppContext>) {
        let group = signing.limitingBodies(to: Self.maximumBodySize)
        group.setting(\.signsIn, to: false)
            .post("passkey/options", summary: "Ask for a passkey", Self.optionsOperation, use: passkeyOptions)
        group.post("passkey", summary: "Sign in with a passkey", Self.passkeyOperation, use: signInWithPasskey)
    }

    @Sendable private func passkeyOptions(_ request: Request, _ context: AppContext) async throws -> Response {
        var body = try JSONBody(request, isOptional: true)
        let challenge = body.optionalString("challenge")
        try body.finish()
        let options =
            if let challenge { try await auth.passkeyRequest(answering: challenge) } else { try auth.passkeyRequest() }
        guard let options else { throw Self.noPasskeys }
        return .json(.ok) { $0.passkeyRequest(options) }
    }

    @Sendable private func signInWithPasskey(_ request: Request, _ context: AppContext) async throws -> Response {
        var body = try JSONBody(request)
        let response = Self.passkeyResponse(in: &body)
        try body.finish()
        guard let response else { throw AppError.badCredentials }
        return Self.response(.ok, try await auth.signIn(with: response, from: Client(request)))
    }

    /// The member `credential`; nil for one that cannot be one.
    static func passkeyResponse(in body: inout JSONBody) -> PasskeyResponse? {
        guard let object = body.optionalObject("credential") else {
            body.missing("credential")
            return nil
        }
        return PasskeyResponse(object)
    }
}

// Requests and responses of the handlers above.
extension AuthAPI {
    private static let noPasskeys = AppError.notFound(
        "There is no passkey to ask for: not at this server's address, or not for this sign-in.")

    private static let optionsOperation = Operation(
        "passkeyOptions", .accounts,
        "The options for `PublicKeyCredential.parseRequestOptionsFromJSON()`. They are good for five minutes and one "
            + "use, on pages of this server's own origin.",
        body: .optionalJSON(
            .request(
                "PasskeyOptionsRequest",
                .optional(
                    "challenge",
                    .text("q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6").orNull()
                        .saying("From the response to `signin`, to ask for a passkey as the second factor.")))),
        answers: [
            .json(.ok, "The options.", .passkeyRequest),
            .problem(.notFound, [noPasskeys]),
            .invalid(FieldIssue("challenge", "Field 'challenge' must be a string or null, not a number.", .wrongType)),
        ])

    private static let passkeyOperation = Operation(
        "signInWithPasskey", .accounts,
        "The authenticator must have verified its user, which makes the passkey both factors: no other is asked for.",
        body: .json(.request("PasskeySignIn", .required("credential", .passkeyAssertion))),
        answers: [
            .json(.ok, "Signed in.", signInSchema, links: [meLink]),
            .problem(.unauthorized, [AppError.badCredentials, AppError.inactiveAccount]),
            .problem(.forbidden, [unverified]),
            .invalid(.required("credential")),
            .throttled, .overloaded,
        ])
}
