import Domain
import HTTPServer

// Requests and responses of the handlers of `PasskeyEndpoints`.
extension PasskeyEndpoints {
    static let challengeNotFound = BetterAuthError(.badRequest, "Challenge not found", code: "CHALLENGE_NOT_FOUND")
    static let registrationFailed = BetterAuthError(
        .badRequest, "Failed to verify registration", code: "FAILED_TO_VERIFY_REGISTRATION")
    static let authenticationFailed = BetterAuthError(
        .unauthorized, "Authentication failed", code: "AUTHENTICATION_FAILED")
    static let passkeyNotFound = BetterAuthError(.notFound, "Passkey not found", code: "PASSKEY_NOT_FOUND")
    static let invalidAttachment = BetterAuthError.validation(
        "[query.authenticatorAttachment] Invalid option: expected one of \"platform\"|\"cross-platform\"")
    // These are our own.
    static let codeRequired = BetterAuthError(
        .badRequest, "This takes a code from the authenticator app, or a recovery code, as the context.",
        code: "CODE_REQUIRED")
    static let notAvailable = BetterAuthError(
        .notFound, "Passkeys need an address with a name, and https.", code: "PASSKEYS_NOT_AVAILABLE")
    static let tooManyPasskeys = BetterAuthError(
        .badRequest, "An account may have at most \(Passkey.maximumPerAccount) passkeys. Remove one first.",
        code: "TOO_MANY_PASSKEYS")
    static let lastWayIn = BetterAuthError(
        .conflict, "This is the last way to sign in to the account. Set a password or link a provider first.",
        code: "LAST_WAY_IN")

    private static let id = JSONSchema.text("0199d5a4-2d3e-7a51-b0c4-7d8e9f0a1b2c")

    /// The output of `JSONWriter.betterAuthPasskeyMembers`.
    private static let passkey = JSONSchema.answer(
        "BetterAuthPasskey",
        .required("name", .string("Laptop")),
        .required("publicKey", .string("pQECAyYgASFYIA==").saying("In COSE's form, as base64.")),
        .required("userId", .userID),
        .required("credentialID", .string("uUiW0HOHGEFSrFcfFktXed4H-YtTLCc").saying("In base64url.")),
        .required("counter", .integer(0...0xFFFF_FFFF, 0)),
        .required("deviceType", .words("singleDevice", "multiDevice")),
        .required("backedUp", .boolean(true)),
        .required("transports", .string("internal,hybrid").saying("Separated by commas.")),
        .required("createdAt", .time),
        .required("aaguid", .string("00000000-0000-0000-0000-000000000000")),
        .required("id", .string("0199d5a4-2d3e-7a51-b0c4-7d8e9f0a1b2c")))

    static let creationOptionsOperation = Operation.betterAuthRead(
        "betterAuthGenerateRegisterOptions",
        "Within ten minutes of signing in or of `verify-password`. The options are good for five minutes, in this session, on pages of this server's own origin.",
        parameters: [
            .query("authenticatorAttachment", .words(attachments)),
            .query("name", .string("Laptop").saying("Not looked at: authenticators are told the e-mail address.")),
            .query(
                "context",
                .string("123456")
                    .saying(
                        "A code from the authenticator app, or a recovery code, which is used up; required if the second factor is on."
                    )),
        ],
        answers: [
            .json(.ok, "The options for `navigator.credentials.create`.", .passkeyCreation),
            .betterAuth(invalidAttachment),
            .betterAuth(codeRequired), .betterAuth(.invalidCode), .betterAuth(tooManyPasskeys),
            .betterAuth(.sessionNotFresh), .betterAuth(notAvailable), .betterAuth(.missingOrigin),
            .betterAuth(.invalidOrigin), .betterAuthThrottled,
        ])

    static let registrationOperation = Operation.betterAuthChange(
        "betterAuthVerifyRegistration",
        "The authenticator must have verified its user. The owner is told by e-mail.",
        body: .json(
            .request(
                nil,
                .required(
                    "response", .passkeyRegistration),
                .optional("name", .text("Laptop").saying("Without one, the name of the browser and its system.")),
                .optional(
                    "createSession",
                    .boolean(false).standardly(false).saying("True shows the session, which goes on.")))),
        answers: [
            .json(
                .ok, "The passkey; and the session and its user, if `createSession` is true.",
                .answer(
                    nil,
                    properties: passkey.properties + [
                        .optional("session", .betterAuthSession), .optional("user", .betterAuthUser),
                    ]), headers: [.sessionCookie]),
            .betterAuth(challengeNotFound), .betterAuth(registrationFailed), .betterAuth(tooManyPasskeys),
            .betterAuth(.sessionNotFresh), .betterAuth(notAvailable),
        ])

    static let requestOptionsOperation = Operation.betterAuthRead(
        "betterAuthGenerateAuthenticateOptions",
        "For a user who is signed in: of that user's passkeys. They are good for five minutes and one use, on pages of this server's own origin.",
        session: .optional,
        answers: [
            .json(.ok, "The options for `navigator.credentials.get`.", .passkeyRequest),
            .betterAuth(notAvailable),
        ])

    static let authenticationOperation = Operation.betterAuthChange(
        "betterAuthVerifyAuthentication",
        "The authenticator must have verified its user, which makes the passkey both factors: no other is asked for.",
        session: .none, body: .json(.request(nil, .required("response", .passkeyAssertion))),
        answers: [
            .json(
                .ok, "Signed in.",
                .answer(nil, .required("session", .betterAuthSession), .required("user", .betterAuthUser)),
                headers: [.sessionCookie, .authToken]),
            .betterAuth(authenticationFailed), .betterAuth(.inactiveAccount), .betterAuth(.emailNotVerified),
            .betterAuth(.crossSiteLogin), .betterAuthThrottled, .betterAuthOverloaded, .unavailable,
        ]
    ).warning("This browser is signed in to the account of the passkey, in the place of yours.")

    static let listOperation = Operation.betterAuthRead(
        "betterAuthListUserPasskeys", "The oldest first.", answers: [.json(.ok, "All.", .array(of: passkey))])

    static let renameOperation = Operation.betterAuthChange(
        "betterAuthUpdatePasskey",
        body: .json(.request(nil, .required("id", id), .required("name", .text("Laptop")))),
        answers: [
            .json(.ok, "Renamed.", .answer(nil, .required("passkey", passkey))), .betterAuth(passkeyNotFound),
            .betterAuth(.validation("Enter a name.")),
        ])

    static let removalOperation = Operation.betterAuthChange(
        "betterAuthDeletePasskey",
        "Within ten minutes of signing in or of `verify-password`. Sessions that began with it go on, and the owner is told by e-mail.",
        body: .json(.request(nil, .required("id", id))),
        answers: [
            .json(.ok, "Removed.", .betterAuthStatus), .betterAuth(passkeyNotFound), .betterAuth(lastWayIn),
            .betterAuth(.sessionNotFresh),
        ]
    ).warning("The passkey no longer signs in.")
}
