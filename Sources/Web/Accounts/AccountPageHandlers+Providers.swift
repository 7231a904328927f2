import Auth
import Basics
import Calendar
import Domain
import HTTPServer

/// The user's accounts at sign-in providers.
extension AccountPageHandlers {
    func addProviderRoutes(to site: RouteGroup<SignedInPageContext>) {
        site.post("account/providers/{provider}", summary: "Link an account at a provider", use: linkProvider)
        site.post(
            "account/providers/{provider}/confirm", summary: "Confirm at a provider that the owner is there",
            use: confirmAtProvider)
        site.post("account/linked/{account_id}/unlink", summary: "Unlink an account at a provider", use: unlink)
    }

    private var departures: ProviderDepartures {
        ProviderDepartures(providers: providers, cookie: providerCookie, pages: pages)
    }

    /// - Parameter dates: the reader's.
    func providerCard(
        of user: User, in dates: DateFormat, needsConfirmation: Bool
    ) async throws -> ProviderCard {
        let linked = try await providers.linkedAccounts(of: user)
        let issuers = linked.map(\.identity.issuer)
        return ProviderCard(
            rows: linked.map { .init(account: $0, label: providers.label(of: $0), dates: dates) },
            choices: providers.providers.map(ProviderButton.init),
            confirmations: needsConfirmation
                ? providers.providers.filter { issuers.contains($0.issuer) }.map(ProviderButton.init) : [])
    }

    @Sendable private func linkProvider(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let form = try request.form()
        return try await departing(request, context) { name in
            try await providers.requireProof(
                Self.credential(form["provider_password"] ?? ""), in: context.session, from: Client(request))
            return try await departures.response(
                to: name, for: .link(context.session.id), .init(AccountPage.Notice.providerLinked.path), request,
                as: context.user, csrfSubject: context.csrfSubject)
        }
    }

    @Sendable private func confirmAtProvider(
        _ request: Request, _ context: SignedInPageContext
    ) async throws -> Response {
        try await departing(request, context) { name in
            try await departures.response(
                to: name, for: .proof(context.session.id), .init(AccountPage.Notice.proved.path), request,
                as: context.user, csrfSubject: context.csrfSubject)
        }
    }

    private func departing(
        _ request: Request, _ context: SignedInPageContext, _ depart: (String) async throws -> Response
    ) async throws -> Response {
        let name = context.parameters["provider"]
        do {
            return try await depart(name)
        } catch let refusal as ProviderRefusal {
            return .seeOther(ProviderMessage(refusal.reason).path(on: AccountPage.path, provider: name))
        } catch let error as AppError {
            return try await refusal(of: error, request, context) { page, _ in
                Self.explainPassword(error, &page, \.providers.passwordError)
            }
        }
    }

    /// Unlinks one of the user's. Another user's answers as one that does not exist.
    @Sendable private func unlink(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let form = try request.form()
        guard let id = LinkedAccountID(untrusted: context.parameters["account_id"]) else {
            return .seeOther(AccountPage.Notice.providerGone.path)
        }
        do {
            let isUnlinked = try await providers.unlink(
                id, of: context.user, in: context.session,
                proving: Self.credential(form["provider_password"] ?? ""), from: Client(request))
            if isUnlinked { return .seeOther(AccountPage.Notice.providerUnlinked.path) }
            return try await lastWayIn(context)
        } catch AppError.notFound {
            return .seeOther(AccountPage.Notice.providerGone.path)
        } catch let error as AppError {
            return try await refusal(of: error, request, context) { page, _ in
                Self.explainPassword(error, &page, \.providers.passwordError)
            }
        }
    }
}
