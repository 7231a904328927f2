import Auth
import Basics
import HTTPServer
import NIOHTTP1

/// The endpoints that Better Auth's client calls (wire format of its server 1.7.1), over the same users, sessions and
/// password rule as everything else here.
final class BetterAuth: Sendable {
    /// The body limit of requests with a picture, in bytes: base64 is a third longer than the file, and a slightly
    /// oversized file should get a meaningful error.
    static let maximumPictureBodySize = 512 * 1024

    private let sign: SignEndpoints
    private let session: SessionEndpoints
    private let account: AccountEndpoints
    private let twoFactor: TwoFactorEndpoints
    private let passkey: PasskeyEndpoints
    private let social: SocialEndpoints
    private let resets: PasswordResetEndpoints
    private let verification: VerificationEndpoints
    private let emailCodes: EmailCodeEndpoints
    private let pages: PageRenderer
    private let isDevelopment: Bool

    init(
        _ parts: SiteServices, bearer: BearerAuthentication, origins: OriginPolicy, pages: PageRenderer,
        providerCookie: ProviderCookie
    ) {
        let rules = BetterAuthRules(origins: origins)
        let sessions = BetterAuthSessions(sessions: parts.sessions, bearer: bearer, cookie: parts.cookie)
        sign = SignEndpoints(auth: parts.auth, sessionService: parts.sessions, sessions: sessions, rules: rules)
        session = SessionEndpoints(
            sessionService: parts.sessions, sessions: sessions,
            tokens: BetterAuthTokens(
                keys: parts.keys, ownOrigin: parts.configuration.ownOrigin,
                audiences: parts.configuration.tokenAudiences, now: parts.now), rules: rules)
        account = AccountEndpoints(
            accounts: parts.accounts, proof: parts.proof, emailChanges: parts.emailChanges,
            deletions: parts.deletions, sessions: sessions, rules: rules, ownOrigin: parts.configuration.ownOrigin)
        twoFactor = TwoFactorEndpoints(
            auth: parts.auth, secondFactors: parts.secondFactors, proof: parts.proof, sessions: sessions, rules: rules)
        passkey = PasskeyEndpoints(
            auth: parts.auth, passkeys: parts.passkeys, sessions: sessions, rules: rules)
        social = SocialEndpoints(
            providers: parts.providers, providerCookie: providerCookie, sessions: sessions, rules: rules)
        resets = PasswordResetEndpoints(
            resets: parts.resets, rules: rules, ownOrigin: parts.configuration.ownOrigin,
            hasMail: parts.configuration.hasMail)
        verification = VerificationEndpoints(
            verification: parts.verification, sessions: sessions, rules: rules,
            ownOrigin: parts.configuration.ownOrigin, isOn: parts.configuration.emailVerification != .off)
        emailCodes = EmailCodeEndpoints(
            resets: parts.resets, verification: parts.verification, emailChanges: parts.emailChanges,
            sessions: sessions, rules: rules, hasMail: parts.configuration.hasMail,
            verifiesAddresses: parts.configuration.emailVerification != .off)
        self.pages = pages
        isDevelopment = parts.configuration.isDevelopment
    }

    func addRoutes(to group: RouteGroup<AppContext>) {
        sign.addRoutes(to: group)
        session.addRoutes(to: group)
        account.addRoutes(to: group)
        twoFactor.addRoutes(to: group)
        passkey.addRoutes(to: group)
        social.addRoutes(to: group)
        resets.addRoutes(to: group)
        verification.addRoutes(to: group)
        emailCodes.addRoutes(to: group)
        group.get(
            "ok", summary: "Better Auth: is it there?",
            Operation.betterAuthRead(
                "betterAuthOK", session: .none,
                answers: [.json(.ok, "It is.", .answer(nil, .required("ok", .boolean(true))))]), use: ok)
        group.get(
            "error", summary: "Better Auth: what went wrong",
            Operation.betterAuthRead(
                "betterAuthError", session: .none,
                parameters: [.query("error", .string("INVALID_TOKEN").saying("The code."))],
                answers: [
                    .page(.ok, "In development: a page that names the code."),
                    .empty(
                        .found, "In production: to the front page.",
                        headers: [.init(name: "Location", schema: .string("/?error=INVALID_TOKEN"))]),
                ]), use: error)
    }

    @Sendable private func ok(_ request: Request, _ context: AppContext) async throws -> Response {
        .betterAuth { $0.object { $0.member("ok", true) } }
    }

    /// A page in development; in production a redirect to the front page with the code.
    @Sendable private func error(_ request: Request, _ context: AppContext) async throws -> Response {
        let code = (try? request.query())?["error"] ?? ""
        let isCode = !code.isEmpty && code.utf8.allSatisfy { $0.isASCIIAlphanumeric || "'_-".utf8.contains($0) }
        guard isDevelopment else {
            return Response(status: .found, headers: ["location": "/?error=\(isCode ? code : "UNKNOWN")"])
        }
        let problem = Problem(HTTPError(.ok, "The code is \(isCode ? code : "UNKNOWN")."), requestID: request.id)
        return pages.errorResponse(problem, request, context)
    }
}
