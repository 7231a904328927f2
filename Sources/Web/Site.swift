import Auth
import Domain
import HTTPServer
import Logging
import NIOHTTP1
import Templating

/// The complete site. The routes below are the site map.
package struct Site: Sendable {
    /// All pages and e-mails: their templates are checked against them at startup.
    package static let pages: [any Page.Type] =
        [
            HomePage.self, OfflinePage.self, SignUpPage.self, LoginPage.self, ResetPage.self, ForgotPage.self,
            RecoveryResetPage.self,
            VerificationPage.self,
            CodePage.self, EmailChangePage.self, RecoveryPage.self, DeletionPage.self, DevelopmentMailPage.self,
            AccountPage.self, SecondFactorPage.self, SecondFactorSetupPage.self, PasskeySetupPage.self,
            RecoveryCodesPage.self,
            ReturnPage.self, UnsubscribePage.self, ProviderPage.self,
            AdminSetupPage.self, AdminConfirmPage.self, ServerPage.self, PeoplePage.self, PersonPage.self,
            InvitationsPage.self, TrailPage.self, AdminMailPage.self, SettingsPage.self,
            DashboardPage.self, DashboardFragment.self, DocsPage.self, ErrorPage.self,
        ] + MailComposer.pages

    package let router: Router<AppContext>
    /// For metrics.
    package let answers: AnswerCache
    private let security: SecurityHeaders
    private let sharing: CrossOriginSharing
    private let errors: ErrorResponses
    private let metrics: MetricsAccess?
    private let files: StaticFiles

    /// The body limit of signing up, in and out, in bytes; no address and password take 16 KiB.
    private static let maximumAuthBodySize = 16 * 1024

    package init(_ parts: SiteServices) {
        let configuration = parts.configuration
        let pages = PageRenderer(
            templates: parts.templates, assets: parts.assets, formTokens: parts.formTokens, logger: parts.logger,
            isDevelopment: configuration.isDevelopment, host: configuration.host, contact: configuration.contact,
            offersSignUp: parts.invitations.policy.mode == .open)
        let origins = OriginPolicy(
            ownOrigin: configuration.ownOrigin, isConfigured: configuration.isOwnOriginConfigured,
            trustedOrigins: configuration.trustedOrigins, audit: parts.audit, logger: parts.logger)
        let bearer = BearerAuthentication(
            sessions: parts.sessions, apiTokens: parts.apiTokens, keys: parts.keys, issuers: parts.issuers,
            ownOrigin: configuration.ownOrigin, now: parts.now)
        let visitors = VisitorCookie(isSecure: configuration.isHTTPS)
        let providerCookie = ProviderCookie(isSecure: configuration.isHTTPS)
        let documentation = Documentation()
        // While templates are being edited, the same list can render differently at any time.
        let answers = AnswerCache(size: configuration.isDevelopment ? 0 : configuration.answerCacheSize)
        self.answers = answers

        security = SecurityHeaders(isHTTPS: configuration.isHTTPS)
        sharing = CrossOriginSharing(origins: origins)
        errors = ErrorResponses(pages: pages, logger: parts.logger)
        (metrics, files) = (parts.metrics, parts.assets)
        router = Router { site in
            HealthAPI(readinessProblem: parts.readinessProblem, status: parts.status).addRoutes(to: site)

            documentation.addRoutes(to: site)

            // The API, for programs. A SignedInContext can only be created for an authenticated caller.
            let open = site.area("api", errors: .problem, crossOrigin: .trustedOrigins, plainHTTP: .refuse)
            let betterAuth = open.area(
                "auth", errors: .messageAndCode, crossOrigin: .trustedOrigins, plainHTTP: .refuse,
                BetterAuthErrorMiddleware(audit: parts.audit))
            let authAPI = AuthAPI(auth: parts.auth, sessions: parts.sessions)
            authAPI.addPublicRoutes(to: open.group("auth").limitingBodies(to: Self.maximumAuthBodySize))
            let authentication = APIAuthentication(
                bearer: bearer, sessions: parts.sessions, cookie: parts.cookie, origins: origins)
            let api = open.group("", authentication).group(context: SignedInContext.self)
            authAPI.addRoutes(to: api.group("auth").limitingBodies(to: Self.maximumAuthBodySize))
            RecoveryCodesAPI(codes: parts.recoveryCodes)
                .addRoutes(
                    to: api.group("auth").group(context: SessionContext.self)
                        .limitingBodies(to: Self.maximumAuthBodySize))
            TokensAPI(tokens: parts.apiTokens)
                .addRoutes(to: api.group(context: SessionContext.self).limitingBodies(to: Self.maximumAuthBodySize))
            ProofAPI(mailedProof: parts.mailedProof)
                .addRoutes(
                    to: api.group("auth").group(context: SessionContext.self)
                        .limitingBodies(to: Self.maximumAuthBodySize))
            let admin = api.group(context: AdminAPIContext.self).limitingBodies(to: Self.maximumAuthBodySize)
            let adminProof = AdminAPIProof(proof: parts.proof)
            AdminUsersAPI(
                administration: parts.admin.administration, proof: adminProof, ownOrigin: configuration.ownOrigin
            ).addRoutes(to: admin)
            AdminInvitationsAPI(
                invitations: parts.invitations, proof: adminProof, now: parts.now, ownOrigin: configuration.ownOrigin
            ).addRoutes(to: admin)
            AdminTrailAPI(
                trail: parts.admin.trail, verification: parts.admin.verification,
                administration: parts.admin.administration
            ).addRoutes(to: admin)
            let scoped = api.admitting(toRead: .tasksRead, toChange: .tasksWrite)
            let lists = ListService(parts.tasks)
            let tasksAPI = TasksAPI(
                tasks: parts.tasks, lists: lists, answers: answers, zones: parts.zones, now: parts.now)
            let ownTasks = scoped.group("tasks").group(context: OwnTasksContext.self)
            let input = TaskInputAPI(lists: lists, zones: parts.zones, now: parts.now)
            input.addRoutes(to: ownTasks.admitting(toRead: .tasksRead, toChange: .tasksRead))
            let own = scoped.group(context: OwnTasksContext.self)
            TaskActionsAPI(tasks: parts.tasks, zones: parts.zones).addRoutes(to: own)
            ChangesAPI(feed: parts.feed).addRoutes(to: own)
            EventsAPI(feed: parts.feed, bearer: bearer).addRoutes(to: scoped)
            TrashAPI(tasks: parts.tasks).addRoutes(to: own)
            ListsAPI(lists: lists, tasks: parts.tasks).addRoutes(to: own)
            TagsAPI(lists: lists, tasks: parts.tasks).addRoutes(to: own)
            ViewsAPI(lists: lists, tasks: parts.tasks) { context in
                TaskReader(
                    owner: context.owner, locale: context.locale, now: parts.now(), zones: parts.zones, lists: lists)
            }.addRoutes(to: own)
            BulkAPI(tasks: parts.tasks, lists: lists, zones: parts.zones, now: parts.now).addRoutes(to: ownTasks)
            tasksAPI.addRoutes(to: ownTasks)
            tasksAPI.addRoutes(
                to: scoped.group("users/{user_id}/tasks").group(context: PathOwnerContext<UsersPath>.self))
            tasksAPI.addRoutes(to: scoped.group("{user_id}/tasks").group(context: PathOwnerContext<UserPath>.self))

            // Endpoints for Better Auth's client and for verifiers of its tokens.
            JWKSAPI(keys: parts.keys).addRoutes(to: site, and: open)
            BetterAuth(parts, bearer: bearer, origins: origins, pages: pages, providerCookie: providerCookie)
                .addRoutes(to: betterAuth.limitingBodies(to: Self.maximumAuthBodySize))

            UnsubscribeHandlers(reminders: parts.reminders, pages: pages)
                .addRoutes(to: site.limitingBodies(to: Self.maximumAuthBodySize))
            PictureRoutes(accounts: parts.accounts).addRoutes(to: site)
            OfflinePage.addRoutes(to: site, pages)

            // The pages, for people. Every form is checked on arrival.
            let identified = site.group(
                "", PageAuthentication(sessions: parts.sessions, cookie: parts.cookie, visitors: visitors))
            let protection = FormProtection(
                tokens: parts.formTokens, origins: origins, visitors: visitors, audit: parts.audit)
            let dashboard = DashboardHandlers(
                tasks: parts.tasks, lists: lists, pages: pages, answers: answers, zones: parts.zones,
                isHTTPS: configuration.isHTTPS, now: parts.now)
            let accounts = AccountHandlers(
                auth: parts.auth, accounts: parts.accounts, proof: parts.proof, invitations: parts.invitations,
                providers: parts.providers, providerCookie: providerCookie,
                sessions: parts.sessions, cookie: parts.cookie, pages: pages, formTokens: parts.formTokens,
                zones: parts.zones, now: parts.now, dashboard: dashboard)
            accounts.addRoutes(to: identified.limitingBodies(to: Self.maximumAuthBodySize), protection)
            let keeping = FormKeeping(
                tokens: parts.formTokens, now: parts.now, origins: origins, pages: pages,
                loginPage: { try accounts.signInPage($0, next: nil) })
            let web = identified.group("", keeping, protection)
            if let folder = parts.mailFolder {
                DevelopmentMailHandlers(folder: folder, pages: pages).addRoutes(to: site)
            }
            ResetHandlers(resets: parts.resets, pages: pages, hasMail: configuration.hasMail)
                .addRoutes(to: web.limitingBodies(to: Self.maximumAuthBodySize))
            RecoveryResetHandlers(resets: parts.recoveryCodeResets, pages: pages, hasMail: configuration.hasMail)
                .addRoutes(to: web.limitingBodies(to: Self.maximumAuthBodySize))
            AccountPageHandlers(
                accounts: parts.accounts, sessions: parts.sessions, proof: parts.proof,
                mailedProof: parts.mailedProof, tokens: parts.apiTokens, secondFactors: parts.secondFactors,
                recoveryCodes: parts.recoveryCodes, passkeys: parts.passkeys, providers: parts.providers,
                providerCookie: providerCookie, audit: parts.audit,
                verification: configuration.emailVerification != .off ? parts.verification : nil,
                emailChanges: parts.emailChanges, deletions: parts.deletions, zones: parts.zones, cookie: parts.cookie,
                pages: pages
            ).addRoutes(to: web)
            EmailChangeHandlers(changes: parts.emailChanges, origins: origins, pages: pages)
                .addRoutes(to: web.limitingBodies(to: Self.maximumAuthBodySize))
            DeletionHandlers(deletions: parts.deletions, origins: origins, pages: pages)
                .addRoutes(to: web.limitingBodies(to: Self.maximumAuthBodySize))
            RecoveryHandlers(recoveries: parts.recoveries, pages: pages)
                .addRoutes(to: web.limitingBodies(to: RecoveryHandlers.maximumBodySize))
            VerificationHandlers(verification: parts.verification, origins: origins, pages: pages)
                .addRoutes(to: web.limitingBodies(to: Self.maximumAuthBodySize))
            dashboard.addRoutes(to: web.group(context: SignedInPageContext.self))
            AdminSetupHandlers(setup: parts.admin.setup, pages: pages)
                .addRoutes(
                    to: web.group(context: SignedInPageContext.self).limitingBodies(to: Self.maximumAuthBodySize))
            AdminPages(parts, pages: pages).addRoutes(to: identified, keeping, protection)
            DocsHandlers(documentation: documentation, ownOrigin: configuration.ownOrigin, pages: pages)
                .addRoutes(to: web)
        }
        documentation.publish(router.routes)
    }

    /// Answers a request; never fails.
    package func respond(to request: Request) async -> Response {
        let request = router.matched(request)
        let preflight = sharing.preflight(request)
        var response: Response
        if let preflight { response = preflight } else { response = await content(request) }
        PageCompression.apply(to: &response, for: request)
        sharing.add(to: &response, for: request, isPreflight: preflight != nil)
        security.add(to: &response)
        return response
    }

    /// Turns every error into a response: JSON for the API, a page for people.
    private func content(_ request: Request) async -> Response {
        do {
            // Two `Authorization` fields could name two users, and a proxy may have checked the other one.
            guard request.headers["authorization"].count <= 1 else { throw AppError.invalidToken }
            // For callers without the token there is no such address: not even a route, which would answer other
            // methods with 405.
            if let metrics, request.asksForMetrics, let response = await metrics.response(to: request) {
                return response
            }
            if let file = file(for: request) { return file }
            return try await router.respond(to: request, context: AppContext())
        } catch {
            return errors.response(to: error, request)
        }
    }

    /// A file in `Public` named like a route, such as `openapi.json`, hides it.
    private func file(for request: Request) -> Response? {
        guard request.isRead, request.route.segments.last?.utf8.contains(UInt8(ascii: ".")) ?? false else { return nil }
        var response = files.response(to: request)
        response?.origin = .publicFile
        return response
    }

    /// The headers of a response sent before the site sees a request, because its head or body is refused: those for
    /// security, and the permission for cross-origin pages to read it.
    /// - Parameter head: nil if it could not be parsed.
    package func refusalHeaders(_ head: HTTPRequestHead?) -> HTTPHeaders {
        var headers = security.all
        if let head {
            let route = router.match(head.method, head.uri)
            headers.add(contentsOf: sharing.permission(route.attributes.crossOrigin, head.headers))
        }
        return headers
    }

    /// The response to a client that speaks HTTP to an HTTPS-only port.
    package func refusePlainHTTP(_ request: Request) -> Response {
        Problem(
            HTTPError(.forbidden, "This API is served over HTTPS only. Use an address that begins with https://."),
            requestID: request.id
        ).jsonResponse(requestID: request.id)
    }
}
