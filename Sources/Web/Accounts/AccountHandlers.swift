import Auth
import Basics
import Calendar
import Domain
import HTTPServer
import Templating

/// Signing up, in and out with forms.
struct AccountHandlers: Sendable {
    let auth: AuthService
    let accounts: AccountService
    let proof: RecentProof
    let invitations: InvitationService
    let providers: ProviderService
    let providerCookie: ProviderCookie
    let sessions: SessionService
    let cookie: SessionCookie
    let pages: PageRenderer
    let formTokens: FormTokens
    let zones: TimeZoneDatabase
    let now: @Sendable () -> Timestamp
    let dashboard: DashboardHandlers

    /// The body limit of a login form that carries a draft task, in bytes.
    private static let maximumDraftBodySize = 16 * 1024 + FormDraft.maximumBytes * 4 / 3

    /// - Parameter site: routes whose forms are not protected yet.
    func addRoutes(to site: RouteGroup<AppContext>, _ protection: FormProtection) {
        let protected = site.group("", protection)
        protected.get("/", summary: "Welcome", use: home)
        protected.post("logout", summary: "Sign out", use: logOut)
        func signing(
            _ answer: @escaping @Sendable (Request, AppContext, FormProtection.StaleForm) async throws -> Response
        )
            -> RouteGroup<AppContext>
        {
            site.setting(\.signsIn, to: true).setting(\.isForVisitors, to: true)
                .group("", protection.answering(answer))
        }
        let entering = site.setting(\.signsIn, to: true).setting(\.isForVisitors, to: true).group("", protection)
        entering.post("account/return", summary: "Keep an account that is to be deleted", use: cancelDeletion)
        entering.post("verification", summary: "Confirm an e-mail address with a code, and sign in", use: typeCode)
        entering.post("verification/mail", summary: "Mail the code again", use: mailCodeAgain)
        entering.limitingBodies(to: Self.maximumDraftBodySize)
            .post("login/second-factor", summary: "Show the second factor, and sign in", use: showSecondFactor)
        site.setting(\.isForVisitors, to: true).group("", protection).limitingBodies(to: Self.maximumDraftBodySize)
            .post("login/providers/{provider}", summary: "Go to a sign-in provider", use: visitProvider)
        entering.get(
            "api/auth/callback/{provider}", summary: "Come back from a sign-in provider", use: returnFromProvider)
        let (signingUp, signingIn) = (signing(staleSignUp), signing(staleSignIn))
        signingUp.get("signup", summary: "The sign-up form", use: showSignUp)
        signingUp.post("signup", summary: "Sign up", use: signUp)
        signingUp.setting(\.secretParameter, to: "token")
            .get("invitation/{token}", summary: "The sign-up form of an invitation", use: showInvitation)
        signingIn.limitingBodies(to: Self.maximumDraftBodySize)
            .post("login/passkey", summary: "Sign in with a passkey", use: signInWithPasskey)
        signingIn.get("login", summary: "The sign-in form", use: showSignIn)
        signingIn.limitingBodies(to: Self.maximumDraftBodySize).post("login", summary: "Sign in", use: signIn)
    }

    @Sendable private func home(_ request: Request, _ context: AppContext) async throws -> Response {
        guard context.identity == nil else { return .seeOther(DashboardURL.path) }
        return try pages.response(
            HomePage(frame: try pages.frame(title: "Latchkey", csrfSubject: context.csrfSubject)))
    }

    // MARK: Signing up

    @Sendable private func showSignUp(_ request: Request, _ context: AppContext) async throws -> Response {
        guard context.identity == nil else { return .seeOther(DashboardURL.path) }
        var page = try signUpPage(context)
        page.refusal = signUpRefusal(for: nil)?.sentence
        return try pages.response(page)
    }

    @Sendable private func signUp(_ request: Request, _ context: AppContext) async throws -> Response {
        let form = try request.form()
        // Forms shown before the field was renamed send the old name.
        let (email, username) = (form["email"] ?? "", form["nickname"] ?? form["username"] ?? "")
        do {
            let outcome = try await auth.signUp(
                .init(
                    email: email, password: form["password"] ?? "", username: username, invitation: form["invitation"]),
                from: Client(request), Self.options(context))
            switch outcome {
            case .signedIn(let signIn):
                await learnLocale(of: signIn.user, from: form)
                return try enter(signIn, at: DashboardURL.path)
            case .unverified(_, let pending): return try pages.response(codePage(pending, context))
            }
        } catch let error as AppError {
            var page = try signUpPage(context)
            page.email.value = email
            page.nickname.value = username
            page.invitation = form["invitation"] ?? ""
            switch error {
            case .invalid(let issues):
                page.email.error = issues.message(for: "email")
                page.nickname.error = issues.message(for: "username")
                page.passwordError = issues.message(for: "password")
            case .emailTaken: page.email.error = "This e-mail address already has an account. Sign in instead?"
            case .signUpRefused(let refusal):
                switch refusal {
                case .domainNotAdmitted, .invitationForAnotherAddress: page.email.error = refusal.sentence
                case .closed, .invitationNeeded, .invitationInvalid: page.refusal = refusal.sentence
                }
            case .overloaded, .throttled: page.error = Problem(error, requestID: request.id).detail
            default: throw error
            }
            return try rejection(page, error, request)
        }
    }

    /// Shows the form again, with a valid token.
    @Sendable private func staleSignUp(
        _ request: Request, _ context: AppContext, _ stale: FormProtection.StaleForm
    ) async throws -> Response {
        let form = try request.form()
        var page = try signUpPage(context)
        page.email.value = form["email"] ?? ""
        page.nickname.value = form["nickname"] ?? form["username"] ?? ""
        page.invitation = form["invitation"] ?? ""
        page.refusal = signUpRefusal(for: form["invitation"])?.sentence
        page.error = Self.staleness(context)
        return try pages.response(page, status: .forbidden)
    }

    /// The reason why a form was rejected, and what to do.
    private static func staleness(_ context: AppContext) -> String {
        guard let user = context.identity?.user else {
            return "This form is no longer valid. Enter your password and send it again."
        }
        return
            "You are signed in as \(user.email.text). To change to this account, enter its password and send the form again."
    }

    /// The reason why there is no form, with or without an invitation.
    private func signUpRefusal(for invitation: String?) -> SignUpRefusal? {
        let token = invitation.flatMap { $0.isEmpty ? nil : $0 }
        do throws(AppError) { try invitations.checkMode(token) } catch {
            if case .signUpRefused(let refusal) = error { return refusal }
        }
        return nil
    }

    func signUpPage(_ context: AppContext) throws -> SignUpPage {
        SignUpPage(
            frame: try pages.frame(title: "Sign up", csrfSubject: context.csrfSubject), providers: providerButtons,
            takesPassword: providers.allowsPasswords)
    }

    // MARK: Signing in

    @Sendable private func showSignIn(_ request: Request, _ context: AppContext) async throws -> Response {
        let query = try request.query()
        let next = LocalPath(query["next"])
        guard context.identity == nil else { return .seeOther(next?.text ?? DashboardURL.path) }
        var page = try signInPage(context, next: next)
        switch query["notice"] {
        case "signed-out": page.notice = "You are signed out."
        case "deletion-requested":
            page.notice = "Your account will be deleted in 30 days. To keep it, sign in before then."
        case "recovered": page.notice = "Your account is yours again. Sign in with the new password."
        case "password-set": page.notice = "Your new password is set. Sign in with it."
        default: break
        }
        page.error = refusalSentence(query)
        return try pages.response(page)
    }

    @Sendable private func signIn(_ request: Request, _ context: AppContext) async throws -> Response {
        let form = try request.form()
        let email = form["email"] ?? ""
        do {
            let signIn = try await auth.signIn(
                email: email, password: form["password"] ?? "", from: Client(request),
                Self.options(context, isPassing: form["passing"] != nil))
            return try await enter(signIn, from: form, context)
        } catch AppError.secondFactorRequired(let pending) {
            return try await pages.response(secondFactorPage(pending, form, context))
        } catch AppError.deletionPending(let pending) {
            return try pages.response(returnOffer(pending, email: email, context))
        } catch AppError.emailNotVerified(let pending) {
            return try pages.response(codePage(pending, context))
        } catch let error as AppError {
            return try signInRejection(error, request, context)
        }
    }

    /// Answers a form that has signed in: leads to where the user wanted to go, or shows the draft that it carries.
    func enter(_ signIn: SignIn, from form: FormFields, _ context: AppContext) async throws -> Response {
        let draft = try form["draft"].flatMap {
            try formTokens.draft(in: $0, for: context.csrfSubject, at: now())
        }
        await learnLocale(of: signIn.user, from: form)
        var response = try enter(signIn, at: LocalPath(form["next"])?.text ?? DashboardURL.path)
        guard let draft else { return response }
        let page = try await dashboard.page(with: draft, for: signIn)
        let cookies = response.headers["set-cookie"]
        response = try pages.response(page)
        for cookie in cookies { response.headers.add(name: "set-cookie", value: cookie) }
        return response
    }

    /// Offers to keep an account that is to be deleted.
    func returnOffer(
        _ pending: PendingDeletion, email: String, _ context: AppContext
    ) throws -> ReturnPage {
        guard let ticket = try formTokens.seal(pending, for: context.csrfSubject, at: now()) else {
            throw AppError.inactiveAccount
        }
        return ReturnPage(
            frame: try pages.frame(title: "Keep your account?", csrfSubject: context.csrfSubject), email: email,
            day: DateFormat.unknown.day(pending.dueAt), ticket: ticket)
    }

    @Sendable private func cancelDeletion(_ request: Request, _ context: AppContext) async throws -> Response {
        let form = try request.form()
        do {
            guard
                let pending = try formTokens.pendingDeletion(
                    in: form["ticket"] ?? "", for: context.csrfSubject, at: now())
            else { throw AppError.badCredentials }
            let signIn = try await auth.cancelDeletion(pending, from: Client(request), Self.options(context))
            return try enter(signIn, at: AccountPage.Notice.deletionCancelled.path)
        } catch AppError.secondFactorRequired(let pending) {
            var page = try await secondFactorPage(pending, context)
            page.next = AccountPage.Notice.deletionCancelled.path
            return try pages.response(page)
        } catch AppError.badCredentials {
            return try staleness(context)
        } catch AppError.emailNotVerified(let pending) {
            return try pages.response(codePage(pending, context))
        }
    }

    /// Shows the form again with its input, except the password.
    func signInRejection(_ error: AppError, _ request: Request, _ context: AppContext) throws -> Response {
        var page = try signInPage(again: request, context)
        switch error {
        case .badCredentials: page.error = "The e-mail address or the password is wrong."
        case .inactiveAccount: page.error = "This account has been deactivated."
        case .overloaded, .throttled: page.error = Problem(error, requestID: request.id).detail
        default: throw error
        }
        return try rejection(page, error, request)
    }

    /// Handles a form that was open in another tab while this browser signed in. With the same account and the right
    /// password it proceeds to its destination; otherwise no session begins, as the token is not of the current
    /// session.
    @Sendable private func staleSignIn(
        _ request: Request, _ context: AppContext, _ stale: FormProtection.StaleForm
    ) async throws -> Response {
        let form = try request.form()
        if stale.isOfThisBrowser, let identity = context.identity, let session = identity.session,
            EmailAddress(form["email"] ?? "") == identity.user.email
        {
            do {
                try await proof.renew(by: .password(form["password"] ?? ""), in: session, from: Client(request))
                return .seeOther(LocalPath(form["next"])?.text ?? DashboardURL.path)
            } catch let error as AppError {
                return try signInRejection(error, request, context)
            }
        }
        var page = try signInPage(again: request, context)
        page.error = Self.staleness(context)
        return try pages.response(page, status: .forbidden)
    }

    func signInPage(again request: Request, _ context: AppContext) throws -> LoginPage {
        let form = try request.form()
        var page = try signInPage(context, next: LocalPath(form["next"]))
        page.email = form["email"] ?? ""
        page.draft = form["draft"]
        try page.show(form["draft"].flatMap { try formTokens.draft(in: $0, for: context.csrfSubject, at: now()) })
        page.isPassing = form["passing"] != nil
        return page
    }

    func signInPage(_ context: AppContext, next: LocalPath?) throws -> LoginPage {
        LoginPage(
            frame: try pages.frame(title: "Sign in", csrfSubject: context.csrfSubject), next: next?.text ?? "",
            passkey: try passkeyOptions(), providers: providerButtons, takesPassword: providers.allowsPasswords)
    }

    /// Shows the same form again, with the error's status.
    private func rejection(_ page: some Page, _ error: AppError, _ request: Request) throws -> Response {
        try pages.response(page, for: Problem(error, requestID: request.id))
    }

    /// The browser's previous session ends, and the browser becomes a known device.
    /// - Parameter isPassing: true on another person's device, which remembers nothing.
    static func options(_ context: AppContext, isPassing: Bool = false) -> SignInOptions {
        SignInOptions(
            isRemembered: !isPassing, replacing: context.identity?.session, keepsDevice: !isPassing)
    }

    /// Sets the cookies of the new session. One that is not remembered ends with the browser's.
    func enter(_ signIn: SignIn, at path: String) throws -> Response {
        var response = Response.seeOther(path)
        response.setCookie(
            cookie.setting(
                cookie.name, to: try cookie.value(for: signIn.sessionToken),
                maxAge: signIn.session.isRemembered ? sessions.cookieSeconds(of: signIn.session) : nil))
        if let device = signIn.deviceCookie {
            response.setCookie(DeviceCookie.cookie(device, beside: cookie))
        }
        return response
    }

    // MARK: Signing out

    @Sendable private func logOut(_ request: Request, _ context: AppContext) async throws -> Response {
        if let session = context.identity?.session {
            try await sessions.end(session.id, of: session.userID, by: .signOut, from: Client(request))
        }
        return .signedOut(cookie)
    }
}
