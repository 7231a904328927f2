import Auth
import Domain
import HTTPServer
import NIOHTTP1

/// Signing up, in and out over JSON, exactly as seed 003 specifies.
struct AuthAPI: Sendable {
    let auth: AuthService
    let sessions: SessionService

    /// Routes that need no session.
    func addPublicRoutes(to group: RouteGroup<AppContext>) {
        let signing = group.setting(\.signsIn, to: true)
        signing.post("signup", summary: "Sign up", Self.signUpOperation, use: signUp)
        signing.post("signin", summary: "Sign in", Self.signInOperation, use: signIn)
        signing.post(
            "second-factor", summary: "Show the second factor of a sign-in", Self.secondFactorOperation,
            use: showSecondFactor)
        addPasskeyRoutes(to: signing)
    }

    /// Routes that need a session.
    func addRoutes(to group: RouteGroup<SignedInContext>) {
        group.admitting(toRead: .accountRead).get("me", summary: "Who am I?", Self.meOperation, use: me)
        group.post(
            "signout", summary: "Sign out: ends the session and its tokens", Self.signOutOperation, use: signOut)
    }

    @Sendable private func signUp(_ request: Request, _ context: AppContext) async throws -> Response {
        var body = try JSONBody(request)
        let (email, password) = (body.string("email"), body.string("password"))
        let (username, invitation) = (body.optionalString("username"), body.optionalString("invitation"))
        try body.finish()
        let outcome = try await auth.signUp(
            .init(email: email, password: password, username: username, invitation: invitation), from: Client(request))
        switch outcome {
        case .signedIn(let signIn): return Self.response(.created, signIn)
        case .unverified: return .json(.accepted) { $0.object { $0.member("detail", Self.verificationSentence) } }
        }
    }

    @Sendable private func signIn(_ request: Request, _ context: AppContext) async throws -> Response {
        var body = try JSONBody(request)
        let (email, password) = (body.string("email"), body.string("password"))
        try body.finish()
        return Self.response(
            .ok, try await auth.signIn(email: email, password: password, from: Client(request)))
    }

    @Sendable private func showSecondFactor(_ request: Request, _ context: AppContext) async throws -> Response {
        var body = try JSONBody(request)
        let challenge = body.string("challenge")
        let answer: SecondFactorAnswer? =
            if body.has("credential") { Self.passkeyResponse(in: &body).map(SecondFactorAnswer.passkey) } else {
                .code(body.string("code"))
            }
        try body.finish()
        guard let answer else { throw AppError.wrongSecondFactor }
        return Self.response(.ok, try await auth.signIn(answering: challenge, with: answer, from: Client(request)))
    }

    @Sendable private func me(_ request: Request, _ context: SignedInContext) async throws -> Response {
        .json(.ok) { $0.user(context.user) }
    }

    @Sendable private func signOut(_ request: Request, _ context: SignedInContext) async throws -> Response {
        guard let session = context.identity.session else {
            throw Self.foreignToken
        }
        try await sessions.end(session.id, of: session.userID, by: .signOut, from: Client(request))
        var response = Response(status: .noContent, headers: ["cache-control": "no-store"])
        response.clearBrowserCache()
        return response
    }

    static func response(_ status: HTTPResponseStatus, _ signIn: SignIn) -> Response {
        .json(status) {
            $0.object {
                $0.member("access_token", signIn.accessToken)
                $0.member("token_type", "bearer")
                $0.name("user")
                $0.user(signIn.user)
            }
        }
    }
}

// Requests and responses of the handlers above.
extension AuthAPI {
    private static let foreignToken = AppError.forbidden(
        "This token belongs to no session here. Sign out where it was made.")

    private static let verificationSentence = "Open the link in the e-mail to this address, then sign in."

    private static let signUpOperation = Operation(
        "signUp", .accounts,
        "The account is signed in at once, unless this server requires that its address is verified first.",
        body: .json(
            .request(
                "SignUp",
                .required("email", .email.saying("Kept in lower case, without white space around it.")),
                .required("password", .newPassword),
                .optional("username", .username.saying("What the person likes to be called.")),
                .optional("invitation", .invitation.orNull()))),
        answers: [
            .json(.created, "The account is made and signed in.", signInSchema, links: [meLink]),
            .json(
                .accepted, "The address must be verified. The response is the same for one that has an account.",
                .answer(nil, .required("detail", .words(verificationSentence)))),
            .problem(.badRequest, [AppError.emailTaken]),
            .problem(.forbidden, SignUpRefusal.allCases.map { AppError.signUpRefused($0) } + [AppError.passwordsOff]),
            .invalid(.notAnEmailAddress),
            .throttled, .overloaded,
        ])

    static let unverified = AppError.emailNotVerified(
        PendingVerification(email: EmailAddress(stored: ""), credentialDigest: ""))

    private static let signInOperation = Operation(
        "signIn", .accounts,
        body: .json(
            .request(
                "SignIn",
                .required("email", .text("ada@example.com")),
                .required("password", .text("a long password")))),
        answers: [
            .json(.ok, "Signed in.", signInSchema, links: [meLink]),
            .problem(.unauthorized, [AppError.badCredentials, AppError.inactiveAccount]),
            .problem(.forbidden, [unverified, secondFactorRequired, AppError.passwordsOff]),
            .invalid(.required("password")),
            .throttled, .overloaded,
        ])

    private static let secondFactorRequired = AppError.secondFactorRequired(
        PendingSecondFactor(challenge: "q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6", methods: SecondFactorMethod.allCases))

    private static let secondFactorOperation = Operation(
        "showSecondFactor", .accounts,
        "For an account with a second factor, after its password was right. A challenge is good for ten minutes and "
            + "\(SecondFactorLimits.triesOfChallenge) tries; a code, once.",
        body: .json(
            .request(
                "SecondFactor",
                .required(
                    "challenge", .text("q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6").saying("From the response to `signin`.")),
                .optional(
                    "code",
                    .text("123456").saying(
                        "From the authenticator app, or a recovery code; needed without `credential`.")
                ),
                .optional("credential", .passkeyAssertion))),
        answers: [
            .json(.ok, "Signed in.", signInSchema, links: [meLink]),
            .problem(.unauthorized, [AppError.wrongSecondFactor, AppError.signInExpired, AppError.signInTriedOut]),
            .invalid(.required("code")),
            .throttled, .overloaded,
        ])

    private static let meOperation = Operation(
        "me", .accounts, answers: [.json(.ok, "The signed-in user.", .user)])

    private static let signOutOperation = Operation(
        "signOut", .accounts, answers: [.empty(.noContent, "Signed out."), .problem(.forbidden, [foreignToken])]
    ).warning("You are signed out in this browser.")

    static let meLink = Answer.Link(name: "Who is that?", operation: "me", parameters: [])

    /// The output of `response`.
    static let signInSchema = JSONSchema.answer(
        "SignedIn",
        .required(
            "access_token",
            .string(pattern: "^[\\w-]+[.][\\w-]+[.][\\w-]+$", "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoiMDE5OSJ9.c2ln")
                .saying(
                    "A JWT for `Authorization: Bearer …`, good as long as the session: seven days unless configured.")),
        .required("token_type", .words("bearer")),
        .required("user", .user))
}

extension JSONSchema {
    static let invitation = JSONSchema.text("q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6")
        .saying("The last part of an invitation's link, where sign-up needs one.")

    /// The rule of `Username`.
    static let username = JSONSchema.string(
        pattern: "^[^\\u0000-\\u001f\\u007f-\\u009f]*$", 0...Username.maximumLength, "Ada"
    )
    .orNull()
}

extension Client {
    init(_ request: Request) {
        let cookies = request.cookies
        self.init(
            ipAddress: request.peerAddress ?? "", userAgent: request.headers.first(name: "user-agent") ?? "",
            device: DeviceCookie.value(in: cookies), requestID: request.id,
            request: "\(request.method.rawValue) \(request.loggedPath)")
    }
}
