import Auth
import Domain
import HTTPServer
import NIOHTTP1

// Requests and responses of the handlers of `TwoFactorEndpoints`.
extension TwoFactorEndpoints {
    static let otpNotAvailable = BetterAuthError(.badRequest, "OTP is not available", code: "OTP_NOT_CONFIGURED")
    static let totpNotEnabled = BetterAuthError(.badRequest, "TOTP not enabled", code: "TOTP_NOT_ENABLED")
    static let twoFactorNotEnabled = BetterAuthError(
        .badRequest, "Two factor isn't enabled", code: "TWO_FACTOR_NOT_ENABLED")
    static let backupCodesNotEnabled = BetterAuthError(
        .badRequest, "Backup codes aren't enabled", code: "BACKUP_CODES_NOT_ENABLED")
    static let invalidBackupCode = BetterAuthError(
        .unauthorized, "Invalid backup code", code: "INVALID_BACKUP_CODE")
    static let invalidCookie = BetterAuthError(
        .unauthorized, "Invalid two factor cookie", code: "INVALID_TWO_FACTOR_COOKIE")
    static let tooManyAttempts = BetterAuthError(
        .badRequest, "Too many attempts. Please request a new code.", code: "TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE")
    static let locked = BetterAuthError(
        .tooManyRequests,
        "Too many failed verification attempts. Your account is temporarily locked. Please try again later.",
        code: "ACCOUNT_TEMPORARILY_LOCKED")
    // These are our own.
    static let codeRequired = BetterAuthError(
        .badRequest, "This takes a code from the authenticator app, or a recovery code, in addition to the password.",
        code: "CODE_REQUIRED")
    static let totpNotShown = BetterAuthError(
        .badRequest, "The key of an app is shown only while it is set up. Set up another one instead.",
        code: "TOTP_URI_NOT_AVAILABLE")
    static let invalidIssuer = BetterAuthError(
        .badRequest, "The issuer may have at most 100 bytes, and no colon or control character.",
        code: "INVALID_ISSUER")
    static let sessionNotDisabled = BetterAuthError(
        .badRequest, "A sign-in that shows its second factor begins a session here.",
        code: "SESSION_CANNOT_BE_DISABLED")

    private static let password = JSONSchema.text("a long password")
    private static let code = JSONSchema.text("123456").saying(
        "A code from the authenticator app, or a recovery code; required if the second factor is on.")
    private static let totpURI = JSONSchema.string(
        "otpauth://totp/Latchkey:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Latchkey")
    private static let backupCodes = JSONSchema.array(of: .string("k7m2p-9x4qd"))
        .saying("Ten recovery codes, which are shown only here.")
    private static let trustDevice = JSONSchema.boolean(false).standardly(false)
        .saying(
            "Whether the password alone signs in with this browser for 30 days; not for a sign-in with `rememberMe: false`."
        )

    private static let changeAnswers: [Answer] = [
        .betterAuth(.invalidPassword), .betterAuth(codeRequired), .betterAuth(.invalidCode), .betterAuthThrottled,
        .betterAuthOverloaded,
    ]

    static let enableOperation = Operation.betterAuthChange(
        "betterAuthEnableTwoFactor",
        "Makes the key of an authenticator app, and recovery codes. They take effect once `verify-totp` gets a code from the app, within 15 minutes; until then, one that is on goes on.",
        body: .json(
            .request(
                nil, .required("password", password),
                .optional("method", .words("totp", "otp").standardly("totp").saying("`otp` is not available here.")),
                .optional("issuer", .text("Tasks").saying("The name that the app shows.")),
                .optional("code", code))),
        answers: [
            .json(
                .ok, "The key and the codes.",
                .answer(
                    nil, .required("method", .words("totp")), .required("totpURI", totpURI),
                    .required("backupCodes", backupCodes))),
            .betterAuth(otpNotAvailable), .betterAuth(invalidIssuer), .betterAuth(twoFactorNotEnabled),
        ] + changeAnswers)

    static let disableOperation = Operation.betterAuthChange(
        "betterAuthDisableTwoFactor", "Where it is off, only the password is checked.",
        body: .json(.request(nil, .required("password", password), .optional("code", code))),
        answers: [.json(.ok, "It is off.", .betterAuthStatus), .betterAuth(twoFactorNotEnabled)] + changeAnswers
    ).warning("The second factor of your account is turned off.")

    static let uriOperation = Operation.betterAuthChange(
        "betterAuthGetTOTPURI", "Only while an app is set up.",
        body: .json(.request(nil, .required("password", password))),
        answers: [
            .json(.ok, "The key.", .answer(nil, .required("totpURI", totpURI))), .betterAuth(totpNotEnabled),
            .betterAuth(totpNotShown),
            .betterAuth(.invalidPassword), .betterAuthThrottled, .betterAuthOverloaded,
        ])

    static let codesOperation = Operation.betterAuthChange(
        "betterAuthGenerateBackupCodes", "The others are void.",
        body: .json(.request(nil, .required("password", password), .optional("code", code))),
        answers: [
            .json(
                .ok, "The new codes.",
                .answer(nil, .required("status", .boolean(true)), .required("backupCodes", backupCodes))),
            .betterAuth(twoFactorNotEnabled),
        ] + changeAnswers
    ).warning("The recovery codes that you have do not work any more.")

    private static let verification: [Answer] = [
        .json(
            .ok, "It is right.",
            .answer(
                nil,
                .required("token", .string("q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6").orNull()),
                .required("user", .betterAuthUser)),
            headers: [.sessionCookie, .authToken]),
        .betterAuth(invalidCookie), .betterAuth(tooManyAttempts),
        .betterAuth(locked, headers: [.retryAfter] + Answer.Header.limits), .betterAuth(.crossSiteLogin),
        .betterAuthOverloaded,
    ]

    static let verifyTOTPOperation = Operation.betterAuthChange(
        "betterAuthVerifyTOTP",
        "Signs in, after `sign-in/email` has answered `twoFactorRedirect`. For a user who is signed in, turns the second factor on that `enable` has begun, or checks the code, which is used up.",
        session: .optional,
        body: Body(
            schema: .request(nil, .required("code", .text("123456")), .optional("trustDevice", trustDevice)),
            takesForms: true),
        answers: verification + [.betterAuth(.invalidCode), .betterAuth(totpNotEnabled), .betterAuth(.sessionNotFresh)])

    static let verifyBackupCodeOperation = Operation.betterAuthChange(
        "betterAuthVerifyBackupCode", "Like `verify-totp`, with a recovery code.", session: .optional,
        body: Body(
            schema: .request(
                nil, .required("code", .text("k7m2p-9x4qd")), .optional("trustDevice", trustDevice),
                .optional("disableSession", .boolean(false).standardly(false).saying("Must be false in a sign-in."))),
            takesForms: true),
        answers: verification + [
            .betterAuth(invalidBackupCode), .betterAuth(backupCodesNotEnabled), .betterAuth(sessionNotDisabled),
        ])
}
