import HTTPServer
import JSON
import NIOHTTP1

// Common properties of Better Auth's endpoints, for the documentation.
extension Operation {
    enum SessionNeed { case none, optional, required }

    /// An endpoint that changes nothing.
    static func betterAuthRead(
        _ id: String, _ text: String = "", session: SessionNeed = .required, parameters: [Parameter] = [],
        answers: [Answer]
    ) -> Operation {
        var operation = Operation(id, .betterAuth, text, parameters: parameters, answers: answers)
        operation.ask(for: session)
        return operation
    }

    /// An endpoint that makes changes or may: it checks the request's origin and reads a body.
    static func betterAuthChange(
        _ id: String, _ text: String = "", session: SessionNeed = .required, parameters: [Parameter] = [],
        body: Body? = nil, answers: [Answer]
    ) -> Operation {
        var operation = Operation(id, .betterAuth, text, parameters: parameters, body: body, answers: answers)
        operation.answers += [
            .betterAuth(.invalidJSON), .betterAuth(.refusedJSON("a name stands twice in one object")),
            .betterAuth(.missingOrigin), .betterAuth(.invalidOrigin),
            .betterAuth(
                BetterAuthError(
                    .unsupportedMediaType,
                    "Content-Type \"text/plain\" is not allowed. Allowed types: application/json",
                    code: "UNSUPPORTED_MEDIA_TYPE")),
            .tooLarge,
        ]
        if body != nil {
            operation.answers.append(
                .betterAuth(
                    .validation("[body] Invalid input: expected object, received undefined")))
        }
        operation.ask(for: session)
        return operation
    }

    private mutating func ask(for session: SessionNeed) {
        guard session != .none else { return }
        proofs = [.accessToken, .sessionToken, .sessionCookie]
        isProofOptional = session == .optional
        if session == .required { answers.append(.betterAuth(.unauthorized)) }
        answers += [.betterAuth(.apiTokenNotAdmitted, headers: [.authenticate]), .unavailable]
    }
}

extension Answer {
    static func betterAuth(_ error: BetterAuthError, headers: [Header] = []) -> Answer {
        let message = error.message ?? ""
        var example: [(String, JSONValue)] = [("message", .string(message))]
        if let code = error.code { example.append(("code", .string(code))) }
        let name = (error.code ?? message.replacing(" ", with: "_")).lowercased()
        return Answer(
            status: error.status, text: message,
            contents: [
                Content(
                    type: "application/json", schema: .betterAuthError,
                    examples: [(name, .object(JSONObject(example)))])
            ], headers: headers)
    }

    /// The response of the real server's own limiter: JSON labelled as plain text.
    static let betterAuthThrottled = Answer(
        status: .tooManyRequests, text: "Too many requests. Please try again later.",
        contents: [Content(type: "text/plain", schema: nil, examples: [])],
        headers: [.init(name: "X-Retry-After", schema: .string(pattern: "^[0-9]+$", "42")), .retryAfter] + Header.limits
    )

    static let betterAuthOverloaded = Answer.betterAuth(.overloaded, headers: [.retryAfter])

    /// A redirect to the target of a link in an e-mail.
    static let betterAuthRedirect = Answer.empty(
        .found, "To the address given, with `error=INVALID_TOKEN`.",
        headers: [.init(name: "Location", schema: .string("/signed-in?error=INVALID_TOKEN"))])

    static let invalidCallback = Answer.betterAuth(
        BetterAuthError(.forbidden, "Invalid callbackURL", code: "INVALID_CALLBACK_URL"))
}

extension Answer.Header {
    /// The token for clients without cookies.
    static let authToken = Answer.Header(
        name: "Set-Auth-Token",
        schema: .string("q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6.c2ln")
            .saying("The session token, signed as in the cookie, for `Authorization: Bearer …`."),
        isRequired: false)
    static let sessionCookie = Answer.Header(
        name: "Set-Cookie",
        schema: .string(
            "better-auth.session_token=q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6.c2ln; Path=/; HttpOnly; SameSite=Lax"),
        isRequired: false)
    static let jwt = Answer.Header(
        name: "Set-Auth-JWT",
        schema: .string("eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMTk5In0.c2ln").saying("A token for other services."),
        isRequired: false)
}

// The schemas of the output of `JSONWriter.betterAuthUser`, `.betterAuthSession` and `BetterAuthError.response`.
extension JSONSchema {
    static let betterAuthUser = JSONSchema.answer(
        "BetterAuthUser",
        .required("name", .string("Ada").saying("Empty where there is none.")),
        .required("email", .string(format: "email", "ada@example.com")),
        .required("emailVerified", .boolean(false)),
        .required(
            "image",
            .string("https://example.com/ada.png").orNull()
                .saying("The address of a picture: elsewhere, or `/pictures/…` here.")),
        .required("createdAt", .time),
        .required("updatedAt", .time),
        .required("twoFactorEnabled", .boolean(false)),
        .required("id", .userID))

    static let betterAuthSession = JSONSchema.answer(
        "BetterAuthSession",
        .required("expiresAt", .time),
        .required(
            "token",
            .string("q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6")
                .saying("The session token that was shown; for other sessions a handle that only ends them.")),
        .required("createdAt", .time),
        .required("updatedAt", .time),
        .required("ipAddress", .string("203.0.113.7")),
        .required("userAgent", .string("Mozilla/5.0")),
        .required("userId", .userID),
        .required("id", .string("0199d5a4-2d3e-7a51-b0c4-7d8e9f0a1b2c")))

    static let betterAuthError = JSONSchema.answer(
        "BetterAuthError",
        .required("message", .string("Invalid password")),
        .optional("code", .string("INVALID_PASSWORD")))

    static let betterAuthStatus = JSONSchema.answer(nil, .required("status", .boolean(true)))

    static let callbackURL = JSONSchema.string(pattern: #"^(/([A-Za-z0-9_.+@-][A-Za-z0-9_.+/@-]*)?)?$"#, "/signed-in")
        .saying("A path here, or an address at a trusted origin.")

    /// The rule of `PictureInput`, as far as a pattern can express it.
    static let pictureInput = JSONSchema.string(
        pattern: "^([Hh][Tt][Tt][Pp][Ss]?://[^/?#\\u0000- \"<>\\\\^`{|}\\u007f][^\\u0000- \"<>\\\\^`{|}\\u007f]*)?$",
        0...2048,
        "https://example.com/ada.png"
    )
    .saying("An address, or a PNG, JPEG or WebP file of at most 256 KiB as a data URL with base64.")
}
