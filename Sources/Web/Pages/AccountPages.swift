import Auth
import Domain
import HTTPServer
import Templating

/// Signing up, in and out with forms.
struct AccountPages: Sendable {
    let auth: AuthService
    let sessions: SessionService
    let cookie: SessionCookie
    let pages: PageRenderer

    func addRoutes(to site: RouteGroup<AppContext>) {
        site.get("/", summary: "Welcome", use: home)
        let signing = site.setting(\.signsIn, to: true).setting(\.isForVisitors, to: true)
        signing.get("signup", summary: "The sign-up form", use: showSignUp)
        signing.post("signup", summary: "Make an account", use: signUp)
        signing.get("login", summary: "The login form", use: showLogIn)
        signing.post("login", summary: "Sign in", use: logIn)
        site.post("logout", summary: "Sign out", use: logOut)
    }

    @Sendable private func home(_ request: Request, _ context: AppContext) async throws -> Response {
        guard context.identity == nil else { return .seeOther(DashboardURL.path) }
        return try pages.response(
            HomePage(frame: try pages.frame(title: "Latchkey", formHolder: context.formHolder)))
    }

    // MARK: Signing up

    @Sendable private func showSignUp(_ request: Request, _ context: AppContext) async throws -> Response {
        guard context.identity == nil else { return .seeOther(DashboardURL.path) }
        return try pages.response(try signUpPage(context))
    }

    @Sendable private func signUp(_ request: Request, _ context: AppContext) async throws -> Response {
        let form = try request.form()
        let (email, username) = (form["email"] ?? "", form["username"] ?? "")
        do {
            let signIn = try await auth.signUp(
                .init(email: email, password: form["password"] ?? "", username: username), from: Client(request),
                Self.options(context))
            return try enter(signIn, at: DashboardURL.path)
        } catch let error as AppError {
            var page = try signUpPage(context)
            page.email.value = email
            page.username.value = username
            switch error {
            case .invalid(let issues):
                page.email.error = issues.message(for: "email")
                page.username.error = issues.message(for: "username")
                page.passwordError = issues.message(for: "password")
            case .emailTaken: page.email.error = "This e-mail address already has an account. Log in instead?"
            case .overloaded, .throttled: page.error = Problem(error, requestID: request.id).detail
            default: throw error
            }
            return try rejection(page, error, request)
        }
    }

    private func signUpPage(_ context: AppContext) throws -> SignUpPage {
        SignUpPage(frame: try pages.frame(title: "Sign up", formHolder: context.formHolder))
    }

    // MARK: Signing in

    @Sendable private func showLogIn(_ request: Request, _ context: AppContext) async throws -> Response {
        let query = try request.query()
        let next = LocalPath(query["next"])
        guard context.identity == nil else { return .seeOther(next?.text ?? DashboardURL.path) }
        var page = try logInPage(context, next: next)
        switch query["notice"] {
        case "signed-out": page.notice = "You are signed out."
        case "password-set": page.notice = "Your new password is set. Log in with it."
        default: break
        }
        return try pages.response(page)
    }

    @Sendable private func logIn(_ request: Request, _ context: AppContext) async throws -> Response {
        let form = try request.form()
        let (email, next) = (form["email"] ?? "", LocalPath(form["next"]))
        do {
            let signIn = try await auth.signIn(
                email: email, password: form["password"] ?? "", from: Client(request), Self.options(context))
            return try enter(signIn, at: next?.text ?? DashboardURL.path)
        } catch let error as AppError {
            var page = try logInPage(context, next: next)
            page.email = email
            switch error {
            case .badCredentials: page.error = "The e-mail address or the password is wrong."
            case .inactiveAccount: page.error = "This account has been deactivated."
            case .overloaded, .throttled: page.error = Problem(error, requestID: request.id).detail
            default: throw error
            }
            return try rejection(page, error, request)
        }
    }

    private func logInPage(_ context: AppContext, next: LocalPath?) throws -> LogInPage {
        LogInPage(
            frame: try pages.frame(title: "Log in", formHolder: context.formHolder), next: next?.text ?? "")
    }

    /// The same form again, with the status that says so.
    private func rejection(_ page: some Page, _ error: AppError, _ request: Request) throws -> Response {
        let problem = Problem(error, requestID: request.id)
        var response = try pages.response(page, status: problem.status)
        // WWW-Authenticate: Bearer is for programs; a browser was offered a form.
        for (name, value) in problem.headers where name != "www-authenticate" {
            response.headers.add(name: name, value: value)
        }
        return response
    }

    /// The session that the browser had ends, and the browser is known from now on.
    private static func options(_ context: AppContext) -> SignInOptions {
        SignInOptions(replacing: context.identity?.session, keepsDevice: true)
    }

    /// Sets the cookies of the new session.
    private func enter(_ signIn: SignIn, at path: String) throws -> Response {
        var response = Response.seeOther(path)
        response.setCookie(
            SetCookie(
                name: cookie.name, value: try cookie.value(for: signIn.sessionToken),
                maxAge: sessions.cookieSeconds(of: signIn.session), isSecure: cookie.isSecure))
        if let device = signIn.deviceCookie {
            response.setCookie(DeviceCookie.cookie(device, isSecure: cookie.isSecure))
        }
        return response
    }

    // MARK: Signing out

    @Sendable private func logOut(_ request: Request, _ context: AppContext) async throws -> Response {
        if let session = context.identity?.session {
            try await sessions.end(session.id, of: session.userID, by: .signOut, from: Client(request))
        }
        var response = Response.seeOther("/login?notice=signed-out")
        response.setCookie(.expiring(cookie.name, isSecure: cookie.isSecure))
        return response
    }
}
