import Domain
import HTTPServer

// Requests and responses of the handlers of `AccountEndpoints`.
extension AccountEndpoints {
    static let changePasswordOperation = Operation.betterAuthChange(
        "betterAuthChangePassword",
        body: .json(
            .request(
                nil,
                .required("newPassword", .newPassword),
                .required("currentPassword", .text("a long password")),
                .optional(
                    "revokeOtherSessions",
                    .boolean(false).standardly(false).saying("Whether all sessions end and a new one begins.")))),
        answers: [
            .json(
                .ok, "The password is changed.",
                .answer(
                    nil,
                    .required(
                        "token",
                        .string("q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6").orNull().saying(
                            "The new session's. With an access token all others end and no new one begins: null.")),
                    .required("user", .betterAuthUser)),
                headers: [.sessionCookie, .authToken]),
            .betterAuth(.invalidPassword), .betterAuth(.passwordTooShort), .betterAuth(.passwordTooLong),
            .betterAuth(.passwordTooCommon), .betterAuthThrottled, .betterAuthOverloaded,
        ]
    ).warning("Your password is changed.")

    static let verifyPasswordOperation = Operation.betterAuthChange(
        "betterAuthVerifyPassword", "For ten minutes, sensitive requests of this session need no password then.",
        body: .json(.request(nil, .required("password", .text("a long password")))),
        answers: [
            .json(.ok, "It is right.", .betterAuthStatus), .betterAuth(.invalidPassword), .betterAuthThrottled,
            .betterAuthOverloaded,
        ])

    static let updateOperation = Operation.betterAuthChange(
        "betterAuthUpdateUser",
        body: .json(
            .request(
                nil,
                .optional("name", .string(pattern: JSONSchema.username.pattern, 0...Username.maximumLength, "Ada")),
                .optional("image", .pictureInput.orNull().saying("Null takes it away.")))),
        answers: [
            .json(.ok, "Changed.", .betterAuthStatus, headers: [.sessionCookie, .authToken]),
            .betterAuth(.nothingToUpdate), .betterAuth(.emailIsFixed), .betterAuth(.nameTooLong),
            .betterAuth(.invalidName), .betterAuth(.imageTooLarge), .betterAuth(.invalidImage),
        ])

    static let sameEmail = BetterAuthError(.badRequest, "Email is the same")
    static let changeEmailDisabled = BetterAuthError(
        .badRequest, "Change email is disabled", code: "CHANGE_EMAIL_DISABLED")

    static let changeEmailOperation = Operation.betterAuthChange(
        "betterAuthChangeEmail",
        "Within ten minutes of signing in or of `verify-password`. The response is the same for an address that is taken.",
        body: .json(
            .request(nil, .required("newEmail", .email), .optional("callbackURL", .callbackURL))),
        answers: [
            .json(
                .ok, "An e-mail with a link is on its way to the new address, unless it is taken.", .betterAuthStatus),
            .betterAuth(sameEmail), .betterAuth(changeEmailDisabled), .betterAuth(.sessionNotFresh), .invalidCallback,
        ]
    ).warning("The address that you sign in with is changed, if need be after an e-mail.")

    static let deleteOperation = Operation.betterAuthChange(
        "betterAuthDeleteUser",
        "With the password, within ten minutes of signing in or of `verify-password`, or with the token of a mailed link. Otherwise, that link is mailed; on a server that sends no mail, the request is refused.",
        body: Body(
            schema: .request(
                nil, .optional("password", .text("a long password")), .optional("token", .text("x")),
                .optional("callbackURL", .callbackURL)),
            isRequired: false),
        answers: [
            .json(
                .ok,
                "The account is inactive, and will be deleted in 30 days unless its owner signs in on the pages and keeps it.",
                .answer(
                    nil, .required("success", .boolean(true)),
                    .required("message", .words("User deleted", "Verification email sent"))),
                headers: [.sessionCookie]),
            .betterAuth(.invalidPassword), .betterAuth(.sessionExpired), .betterAuth(.unknownToken), .invalidCallback,
            .betterAuthThrottled, .betterAuthOverloaded,
        ]
    ).warning("Your account is deactivated, and deleted in 30 days.")

    static let noUserInfo = BetterAuthError(
        .notFound, "Failed to get user info", code: "FAILED_TO_GET_USER_INFO")

    static let deleteCallbackOperation = Operation.betterAuthRead(
        "betterAuthDeleteUserCallback", "Leads to a page that deletes the account when its button is pressed.",
        session: .none,
        parameters: [.query("token", .text("x"), isRequired: true), .query("callbackURL", .callbackURL)],
        answers: [
            .betterAuthRedirect, .betterAuth(.missingQuery("token")), .betterAuth(.unknownToken),
            .betterAuth(noUserInfo), .invalidCallback,
        ])
}
