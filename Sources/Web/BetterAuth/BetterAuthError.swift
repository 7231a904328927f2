import Domain
import HTTPServer
import JSON
import NIOHTTP1

/// An error in the shape that Better Auth's client reads: `{message, code}`, or no body at all.
struct BetterAuthError: Error {
    let status: HTTPResponseStatus
    let message: String?
    let code: String?
    /// Cookies to send with the error.
    var cookies: [SetCookie] = []
    /// The `WWW-Authenticate` header to send with the error.
    var challenge: String?

    init(_ status: HTTPResponseStatus, _ message: String? = nil, code: String? = nil) {
        self.status = status
        self.message = message
        self.code = code
    }

    /// The same error with another message.
    func saying(_ message: String) -> BetterAuthError { BetterAuthError(status, message, code: code) }

    var response: Response {
        var response: Response
        if let message {
            response = .betterAuth(status) { json in
                json.object {
                    $0.member("message", message)
                    if let code { $0.member("code", code) }
                }
            }
        } else {
            response = Response(status: status)
        }
        if let challenge { response.headers.add(name: "www-authenticate", value: challenge) }
        for cookie in cookies { response.setCookie(cookie) }
        return response
    }

    static let notFound = BetterAuthError(.notFound)
    static let unauthorized = BetterAuthError(.unauthorized, "Unauthorized", code: "UNAUTHORIZED")
    static let apiTokenNotAdmitted: BetterAuthError = {
        var error = BetterAuthError(
            .forbidden, "API tokens are not accepted here. Sign in instead.", code: "INSUFFICIENT_SCOPE")
        error.challenge = #"Bearer error="insufficient_scope""#
        return error
    }()
    static let invalidJSON = BetterAuthError(.badRequest, "Invalid JSON in request body", code: "BAD_REQUEST")
    static func refusedJSON(_ reason: String) -> BetterAuthError {
        BetterAuthError(.badRequest, "This JSON is not accepted: \(reason).", code: "JSON_NOT_ACCEPTED")
    }
    static let overloaded = BetterAuthError(
        .serviceUnavailable, "Too many people are signing in just now. Try again in a moment.", code: "OVERLOADED")
    static let passwordTooCommon = BetterAuthError(
        .badRequest, "This password is one of the first that anybody would try. Choose another, such as a few words.",
        code: "PASSWORD_TOO_COMMON")
    static let passwordNotAccepted = BetterAuthError(
        .badRequest, "The password may not contain a NUL character.", code: "PASSWORD_NOT_ACCEPTED")
    static let nameTooLong = BetterAuthError(
        .badRequest, "The name may have at most 100 characters.", code: "NAME_TOO_LONG")
    static let invalidName = BetterAuthError(
        .badRequest, "The name may not contain control characters.", code: "INVALID_NAME")
    static let imageTooLarge = BetterAuthError(
        .badRequest, "The picture may have at most 256 KiB. Choose a smaller one.", code: "IMAGE_TOO_LARGE")
    static let invalidImage = BetterAuthError(
        .badRequest,
        "The picture must be a PNG, JPEG or WebP file as a data URL, or an address that begins with https.",
        code: "INVALID_IMAGE")
    static let missingOrigin = BetterAuthError(.forbidden, "Missing or null Origin", code: "MISSING_OR_NULL_ORIGIN")
    static let invalidOrigin = BetterAuthError(.forbidden, "Invalid origin", code: "INVALID_ORIGIN")
    static let crossSiteLogin = BetterAuthError(
        .forbidden, "Cross-site navigation login blocked. This request appears to be a CSRF attack.",
        code: "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED")
    /// True if the request came from an untrusted page.
    var isAboutOrigin: Bool {
        [Self.missingOrigin, .invalidOrigin, .crossSiteLogin].contains { $0.code == code }
    }

    static let invalidEmail = BetterAuthError(.badRequest, "Invalid email", code: "INVALID_EMAIL")
    static let invalidEmailOrPassword = BetterAuthError(
        .unauthorized, "Invalid email or password", code: "INVALID_EMAIL_OR_PASSWORD")
    static let emailNotVerified = BetterAuthError(.forbidden, "Email not verified", code: "EMAIL_NOT_VERIFIED")
    static let passwordsOff = BetterAuthError(
        .badRequest, "Email and password is not enabled", code: "EMAIL_PASSWORD_DISABLED")
    static let inactiveAccount = BetterAuthError(.unauthorized, "Account is inactive", code: "ACCOUNT_IS_INACTIVE")
    static let userExists = BetterAuthError(
        .unprocessableEntity, "User already exists. Use another email.", code: "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")
    /// Closed sign-up is answered as the real server answers it; the other refusals have codes of their own.
    static func signUpRefused(_ refusal: SignUpRefusal) -> BetterAuthError {
        switch refusal {
        case .closed:
            BetterAuthError(
                .badRequest, "Email and password sign up is not enabled", code: "EMAIL_PASSWORD_SIGN_UP_DISABLED")
        case .invitationNeeded: BetterAuthError(.forbidden, refusal.sentence, code: "INVITATION_REQUIRED")
        case .invitationInvalid: BetterAuthError(.forbidden, refusal.sentence, code: "INVALID_INVITATION")
        case .invitationForAnotherAddress:
            BetterAuthError(.forbidden, refusal.sentence, code: "INVITATION_FOR_ANOTHER_EMAIL")
        case .domainNotAdmitted: BetterAuthError(.forbidden, refusal.sentence, code: "EMAIL_DOMAIN_NOT_ALLOWED")
        }
    }
    static let invalidPassword = BetterAuthError(.badRequest, "Invalid password", code: "INVALID_PASSWORD")
    static let invalidCode = BetterAuthError(.unauthorized, "Invalid code", code: "INVALID_CODE")
    static let passwordTooShort = BetterAuthError(.badRequest, "Password too short", code: "PASSWORD_TOO_SHORT")
    static let passwordTooLong = BetterAuthError(.badRequest, "Password too long", code: "PASSWORD_TOO_LONG")
    static let sessionNotFresh = BetterAuthError(.forbidden, "Session is not fresh", code: "SESSION_NOT_FRESH")
    static let sessionExpired = BetterAuthError(
        .badRequest, "Session expired. Re-authenticate to perform this action.", code: "SESSION_EXPIRED")
    static let lastAdmin = BetterAuthError(.conflict, AppError.lastAdminSentence, code: "LAST_ADMIN")
    static let nothingToUpdate = BetterAuthError(.badRequest, "No fields to update")
    static let emailIsFixed = BetterAuthError(
        .badRequest, "Email can not be updated", code: "EMAIL_CAN_NOT_BE_UPDATED")
    static let invalidToken = BetterAuthError(.badRequest, "Invalid token", code: "INVALID_TOKEN")

    static let unknownAudience = BetterAuthError(
        .badRequest, "No token is made for this audience; TOKEN_AUDIENCES names those that may be asked for.",
        code: "INVALID_AUDIENCE")

    static let unknownToken = BetterAuthError(.notFound, "Invalid token", code: "INVALID_TOKEN")

    static func missingQuery(_ name: String) -> BetterAuthError {
        .validation("[query.\(name)] Invalid input: expected string, received undefined")
    }

    static func validation(_ message: String) -> BetterAuthError {
        BetterAuthError(.badRequest, message, code: "VALIDATION_ERROR")
    }
}

extension Response {
    /// A JSON response in the form that Better Auth's client expects.
    static func betterAuth(_ status: HTTPResponseStatus = .ok, _ write: (inout JSONWriter) -> Void) -> Response {
        .json(status, write)
    }

    /// The answer to what succeeded and has no result. See `JSONSchema.betterAuthStatus`.
    static let betterAuthDone = betterAuth { $0.object { $0.member("status", true) } }

    static func betterAuthRedirect(_ location: String) -> Response {
        Response(status: .found, headers: ["location": location, "content-type": "application/json"])
    }
}
