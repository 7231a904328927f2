import Auth
import Domain
import HTTPServer
import NIOHTTP1

/// Signing up, in and out over JSON, word for word as seed 003 has it.
struct AuthAPI: Sendable {
    let auth: AuthService
    let sessions: SessionService

    /// What everybody may do.
    func addPublicRoutes(to group: RouteGroup<AppContext>) {
        group.post("signup", summary: "Make an account", use: signUp)
        group.post("signin", summary: "Sign in", use: signIn)
    }

    /// What needs a session.
    func addRoutes(to group: RouteGroup<SignedInContext>) {
        group.get("me", summary: "Who am I?", use: me)
        group.post("signout", summary: "Sign out: ends the session and its tokens", use: signOut)
    }

    @Sendable private func signUp(_ request: Request, _ context: AppContext) async throws -> Response {
        var body = try JSONBody(request)
        let (email, password) = (body.string("email"), body.string("password"))
        let username = body.optionalString("username")
        try body.finish()
        let signIn = try await auth.signUp(
            .init(email: email, password: password, username: username), from: Client(request))
        return Self.response(.created, signIn)
    }

    @Sendable private func signIn(_ request: Request, _ context: AppContext) async throws -> Response {
        var body = try JSONBody(request)
        let (email, password) = (body.string("email"), body.string("password"))
        try body.finish()
        return Self.response(
            .ok, try await auth.signIn(email: email, password: password, from: Client(request)))
    }

    @Sendable private func me(_ request: Request, _ context: SignedInContext) async throws -> Response {
        .json(.ok) { $0.user(context.user) }
    }

    @Sendable private func signOut(_ request: Request, _ context: SignedInContext) async throws -> Response {
        guard let session = context.identity.session else {
            throw AppError.forbidden("This token belongs to no session here. Sign out where it was made.")
        }
        try await sessions.end(session.id, of: session.userID, by: .signOut, from: Client(request))
        return Response(status: .noContent, headers: ["cache-control": "no-store"])
    }

    private static func response(_ status: HTTPResponseStatus, _ signIn: SignIn) -> Response {
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

extension Client {
    init(_ request: Request) {
        self.init(
            ipAddress: request.peerAddress ?? "", userAgent: request.headers.first(name: "user-agent") ?? "",
            requestID: request.id, request: "\(request.method.rawValue) \(request.loggedPath)")
    }
}
