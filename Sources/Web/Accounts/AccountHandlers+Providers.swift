import Auth
import Basics
import Domain
import HTTPServer

/// Signing in with a provider.
extension AccountHandlers {
    private var departures: ProviderDepartures {
        ProviderDepartures(providers: providers, cookie: providerCookie, pages: pages)
    }

    var providerButtons: [ProviderButton] { providers.providers.map(ProviderButton.init) }

    /// The sentence that a page's address asks for.
    func refusalSentence(_ query: FormFields) -> String? {
        query["refused"].flatMap { name in
            let label = query["provider"].flatMap(providers.provider)?.label ?? "the provider"
            return ProviderMessage.sentence(name, at: label)
        }
    }

    /// Sends the browser to a provider. The form may be the one that signs in or the one that signs up.
    @Sendable func visitProvider(_ request: Request, _ context: AppContext) async throws -> Response {
        let form = try request.form()
        let name = context.parameters["provider"]
        let invitation = form["invitation"].flatMap { $0.isEmpty ? nil : $0 }
        do {
            return try await departures.response(
                to: name,
                for: .signIn(
                    isRemembered: form["passing"] == nil,
                    invitationDigest: try invitation.map { try invitations.digest(of: $0) }),
                .init(LocalPath(form["next"])?.text ?? DashboardURL.path),
                locale: ProviderLocale(timeZone: form["time_zone"], language: form["language"]), request,
                csrfSubject: context.csrfSubject)
        } catch let refusal as ProviderRefusal {
            return .seeOther(ProviderMessage(refusal.reason).path(on: "/login", provider: name))
        } catch let error as AppError {
            guard case .throttled = error else { throw error }
            return try signInRejection(error, request, context)
        }
    }

    /// The address that a provider sends the browser back to. It answers with a redirect, which leaves the code behind, or
    /// with a page whose next step no one else can take.
    @Sendable func returnFromProvider(_ request: Request, _ context: AppContext) async throws -> Response {
        let query = try request.query()
        let name = context.parameters["provider"]
        // Asking about the address signs no one in, and uses nothing up (RFC 9110, section 9.3.2).
        if request.method == .HEAD, providers.provider(named: name) != nil { return Response(status: .noContent) }
        let answer = ProviderAnswer(
            state: query["state"] ?? "", code: query["code"], issuer: query["iss"], error: query["error"])
        guard
            let flow = try await providers.flow(
                endedBy: answer, of: name, in: providerCookie.values(in: request.cookies), from: Client(request))
        else {
            let page = context.identity == nil ? "/login" : AccountPage.path
            return .seeOther(ProviderMessage(.expired).path(on: page, provider: name))
        }
        do {
            return try await finish(flow, answer, request, context)
        } catch {
            guard let message = ProviderMessage(error) else { throw error }
            if let page = flow.destinations.failure {
                return .seeOther(Self.adding("error=\(message.betterAuthCode)", to: page))
            }
            return .seeOther(message.path(on: flow.purpose.page, provider: name))
        }
    }

    /// - Parameter page: a path of this site, or an address.
    private static func adding(_ query: String, to page: String) -> String {
        WebURL(page)?.appending(query: query).text
            ?? page + (page.utf8.contains(UInt8(ascii: "?")) ? "&" : "?") + query
    }

    private func finish(
        _ flow: ProviderFlow, _ answer: ProviderAnswer, _ request: Request, _ context: AppContext
    ) async throws -> Response {
        do {
            let outcome = try await providers.finish(
                flow, with: answer, in: context.identity?.session, from: Client(request), Self.options(context))
            switch outcome {
            case .signedIn(let signIn, let isNew):
                await learnLocale(of: signIn.user, zone: flow.locale?.timeZone, language: flow.locale?.language)
                return try enter(
                    signIn,
                    at: isNew ? flow.destinations.newUser ?? flow.destinations.success : flow.destinations.success)
            case .linked, .proved: return .seeOther(flow.destinations.success)
            }
        } catch AppError.secondFactorRequired(let pending) {
            var page = try await secondFactorPage(pending, context)
            page.next = LocalPath(flow.destinations.success)?.text ?? ""
            return try pages.secretResponse(page)
        } catch AppError.deletionPending(let pending) {
            return try pages.secretResponse(returnOffer(pending, email: "", context))
        } catch AppError.emailNotVerified(let pending) {
            return try pages.secretResponse(codePage(pending, context))
        }
    }
}

extension ProviderPurpose {
    /// The page where it began.
    fileprivate var page: String {
        switch self {
        case .signIn: "/login"
        case .link, .proof: AccountPage.path
        }
    }
}
