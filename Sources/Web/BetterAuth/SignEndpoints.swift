import Auth
import Domain
import HTTPServer
import JSON

/// Signing up, in and out, as in Better Auth's client.
struct SignEndpoints: Sendable {
    let auth: AuthService
    let sessionService: SessionService
    let sessions: BetterAuthSessions
    let rules: BetterAuthRules

    func addRoutes(to group: RouteGroup<AppContext>) {
        let signing = group.setting(\.signsIn, to: true)
        signing.limitingBodies(to: BetterAuth.maximumPictureBodySize).post(
            "sign-up/email", summary: "Better Auth: sign up", Self.signUpOperation, use: signUp)
        signing.post("sign-in/email", summary: "Better Auth: sign in", Self.signInOperation, use: signIn)
        group.post("sign-out", summary: "Better Auth: sign out", Self.signOutOperation, use: signOut)
    }

    @Sendable private func signUp(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call, alsoRecord: true)
        let (name, email, password) = (input.string("name"), input.email("email"), input.password("password"))
        let image = input.optionalString("image")
        _ = input.optionalString("callbackURL")
        let isRemembered = input.optionalBool("rememberMe") ?? true
        let invitation = input.optionalString("invitation")
        try input.finish()
        let outcome = try await auth.signUp(
            .init(
                email: email, password: password, username: name, image: image,
                continuation: call.callbacks["callbackURL"]?.text, invitation: invitation), from: Client(request),
            try await options(request, isRemembered: isRemembered))
        func write(_ token: String?, _ user: User) -> (inout JSONWriter) -> Void {
            {
                $0.object {
                    $0.member("token", token)
                    $0.name("user")
                    $0.betterAuthUser(user)
                }
            }
        }
        switch outcome {
        case .signedIn(let signIn): return try answer(signIn, write(signIn.sessionToken, signIn.user))
        case .unverified(let user, _): return .betterAuth(.ok, write(nil, user))
        }
    }

    @Sendable private func signIn(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        let (email, password) = (input.string("email"), input.string("password"))
        _ = input.optionalString("callbackURL")
        let callback = call.callbacks["callbackURL"]?.text
        let isRemembered = input.optionalBool("rememberMe") ?? true
        try input.finish()
        guard BetterAuthInput.isEmail(email) else { throw BetterAuthError.invalidEmail }
        let signIn: SignIn
        do {
            signIn = try await auth.signIn(
                email: email, password: password, from: Client(request),
                try await options(request, isRemembered: isRemembered))
        } catch AppError.secondFactorRequired(let pending) {
            return try twoFactorRedirect(pending)
        }
        var response = try answer(signIn) {
            $0.object {
                $0.member("redirect", callback != nil)
                $0.member("token", signIn.sessionToken)
                if let callback { $0.member("url", callback) }
                $0.name("user")
                $0.betterAuthUser(signIn.user)
            }
        }
        if let callback { response.headers.add(name: "location", value: callback) }
        return response
    }

    /// Tells the client to ask for the second factor, and gives the browser the challenge. No session begins; one that the
    /// browser had is left behind, as on the real server.
    private func twoFactorRedirect(_ pending: PendingSecondFactor) throws -> Response {
        var response = Response.betterAuth {
            $0.object {
                $0.member("twoFactorRedirect", true)
                $0.name("twoFactorMethods")
                $0.array { $0.string(SecondFactorMethod.totp.rawValue) }
            }
        }
        for cookie in sessions.expiringCookies { response.setCookie(cookie) }
        try sessions.set(challenge: pending.challenge, on: &response)
        return response
    }

    /// Signing in again ends the session of the browser's cookie, as on the pages.
    private func options(_ request: Request, isRemembered: Bool) async throws -> SignInOptions {
        SignInOptions(isRemembered: isRemembered, replacing: try await sessions.sessionOfCookie(request))
    }

    private func answer(_ signIn: SignIn, _ write: (inout JSONWriter) -> Void) throws -> Response {
        var response = Response.betterAuth(.ok, write)
        try sessions.set(
            signIn.sessionToken, of: signIn.session, isBrowserSession: !signIn.session.isRemembered, on: &response)
        return response
    }

    @Sendable private func signOut(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try BetterAuthCall(request, rules)
        if case .live(let found) = try await sessions.read(request, renews: false) {
            try await sessionService.end(
                found.session.id, of: found.user.id, by: .signOut, from: Client(request))
        }
        var response = Response.betterAuth { $0.object { $0.member("success", true) } }
        for cookie in sessions.expiringCookies { response.setCookie(cookie) }
        response.clearBrowserCache()
        return response
    }
}

// Requests and responses of the handlers above.
extension SignEndpoints {
    private static let signUpOperation = Operation.betterAuthChange(
        "betterAuthSignUp", session: .none,
        body: Body(
            schema: .request(
                "BetterAuthSignUp",
                .required("name", .string(pattern: JSONSchema.username.pattern, 0...Username.maximumLength, "Ada")),
                .required("email", .email),
                .required("password", .newPassword),
                .optional("image", .pictureInput),
                .optional("callbackURL", .callbackURL),
                .optional(
                    "rememberMe", .boolean(true).standardly(true).saying("False ends the session with the browser.")),
                .optional("invitation", .invitation)),
            takesForms: true),
        answers: [
            .json(
                .ok, "The account is made and signed in.",
                .answer(
                    nil,
                    .required(
                        "token",
                        .string("q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6").orNull()
                            .saying("Null if the address must be verified first.")),
                    .required("user", .betterAuthUser)),
                headers: [.sessionCookie, .authToken]),
            .betterAuth(.passwordTooShort), .betterAuth(.passwordTooLong), .betterAuth(.passwordTooCommon),
            .betterAuth(.passwordNotAccepted),
            .betterAuth(.nameTooLong), .betterAuth(.invalidName), .betterAuth(.imageTooLarge),
            .betterAuth(.invalidImage), .betterAuth(.userExists), .invalidCallback, .betterAuth(.crossSiteLogin),
            .betterAuth(.passwordsOff),
            .betterAuth(.signUpRefused(.closed)), .betterAuth(.signUpRefused(.invitationNeeded)),
            .betterAuth(.signUpRefused(.invitationInvalid)),
            .betterAuth(.signUpRefused(.invitationForAnotherAddress)),
            .betterAuth(.signUpRefused(.domainNotAdmitted)),
            .betterAuthThrottled, .betterAuthOverloaded, .unavailable,
        ]
    ).warning("This browser is signed in to the new account, in the place of yours.")

    private static let signInOperation = Operation.betterAuthChange(
        "betterAuthSignIn", session: .none,
        body: Body(
            schema: .request(
                "BetterAuthSignIn",
                .required("email", .email),
                .required("password", .text("a long password")),
                .optional("callbackURL", .callbackURL),
                .optional("rememberMe", .boolean(true).standardly(true))),
            takesForms: true),
        answers: [
            .json(
                .ok, "Signed in; or no session yet, and the user is to be asked for the second factor.",
                .either(
                    .answer(
                        nil, .required("redirect", .boolean(false).saying("Whether a `callbackURL` was given.")),
                        .required("token", .string("q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6")),
                        .optional("url", .string("/signed-in")), .required("user", .betterAuthUser)),
                    .answer(
                        nil, .required("twoFactorRedirect", .boolean(true)),
                        .required("twoFactorMethods", .array(of: .words(SecondFactorMethod.totp.rawValue))))),
                headers: [
                    .sessionCookie, .authToken,
                    .init(name: "Location", schema: .string("/signed-in"), isRequired: false),
                ]),
            .betterAuth(.invalidEmail), .betterAuth(.invalidEmailOrPassword), .betterAuth(.inactiveAccount),
            .betterAuth(.emailNotVerified), .betterAuth(.passwordsOff), .invalidCallback, .betterAuth(.crossSiteLogin),
            .betterAuthThrottled,
            .betterAuthOverloaded,
            .unavailable,
        ]
    ).warning("This browser is signed in to the account that is named, in the place of yours.")

    private static let signOutOperation = Operation.betterAuthChange(
        "betterAuthSignOut", "Succeeds also if the client is not signed in.", session: .optional,
        answers: [
            .json(.ok, "Signed out.", .answer(nil, .required("success", .boolean(true))), headers: [.sessionCookie])
        ]
    ).warning("You are signed out in this browser.")
}
