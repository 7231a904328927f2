import Auth
import Basics
import Domain
import HTTPServer
import JSON

/// Signing in with providers, and the accounts that are linked, as in Better Auth's client. The visit itself is that of
/// the pages.
struct SocialEndpoints: Sendable {
    let providers: ProviderService
    let providerCookie: ProviderCookie
    let sessions: BetterAuthSessions
    let rules: BetterAuthRules

    func addRoutes(to group: RouteGroup<AppContext>) {
        group.post(
            "sign-in/social", summary: "Better Auth: sign in with a provider", Self.signInOperation, use: signIn)
        group.post("link-social", summary: "Better Auth: link an account at a provider", Self.linkOperation, use: link)
        group.post(
            "unlink-account", summary: "Better Auth: unlink an account at a provider", Self.unlinkOperation, use: unlink
        )
        group.get("list-accounts", summary: "Better Auth: ways to sign in", Self.listOperation, use: list)
    }

    @Sendable private func signIn(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        let visit = try Visit(call)
        guard providers.provider(named: visit.provider) != nil else { throw Self.unknownProvider }
        guard !visit.hasIDToken else { throw Self.idTokenNotSupported }
        return try await depart(visit, for: .signIn(isRemembered: true, invitationDigest: nil), request)
    }

    @Sendable private func link(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        let visit = try Visit(call)
        let found = try await sessions.require(request)
        guard providers.provider(named: visit.provider) != nil else { throw Self.unknownProvider }
        guard !visit.hasIDToken else { throw Self.idTokenNotSupported }
        try await providers.requireProof(nil, in: found.session, from: Client(request))
        return try sessions.finish(await depart(visit, for: .link(found.session.id), request), found)
    }

    /// The fields of a request that leads to a provider.
    private struct Visit {
        let provider: String
        let destinations: ProviderDestinations
        let hasIDToken: Bool
        /// False if the client wants to go there by itself.
        let redirects: Bool

        init(_ call: BetterAuthCall) throws {
            var input = try BetterAuthInput(call)
            provider = input.string("provider")
            redirects = !(input.optionalBool("disableRedirect") ?? false)
            hasIDToken = input.has("idToken")
            try input.finish()
            destinations = ProviderDestinations(
                call.callbacks["callbackURL"]?.text ?? "/", newUser: call.callbacks["newUserCallbackURL"]?.text,
                failure: call.callbacks["errorCallbackURL"]?.text)
        }
    }

    private func depart(
        _ visit: Visit, for purpose: ProviderPurpose, _ request: Request
    ) async throws -> Response {
        let departure: ProviderService.Departure
        do {
            departure = try await providers.begin(
                visit.provider, for: purpose, to: visit.destinations, in: providerCookie.values(in: request.cookies),
                from: Client(request))
        } catch is ProviderRefusal {
            throw Self.providerUnavailable
        }
        var response = Response.betterAuth {
            $0.object {
                $0.member("url", departure.url)
                $0.member("redirect", visit.redirects)
            }
        }
        if visit.redirects { response.headers.add(name: "location", value: departure.url) }
        response.setCookie(providerCookie.cookie(departure.browserSecret))
        return response
    }

    @Sendable private func unlink(_ request: Request, _ context: AppContext) async throws -> Response {
        let call = try BetterAuthCall(request, rules)
        var input = try BetterAuthInput(call)
        let id = input.string("accountId")
        try input.finish()
        let found = try await sessions.require(request)
        // The real server lets the password go, too.
        guard id != found.user.id.rawValue else { throw Self.passwordKept }
        guard let id = LinkedAccountID(untrusted: id) else { throw Self.accountNotFound }
        do {
            let isUnlinked = try await providers.unlink(
                id, of: found.user, in: found.session, proving: nil, from: Client(request))
            guard isUnlinked else { throw Self.lastAccount }
        } catch AppError.notFound {
            throw Self.accountNotFound
        }
        return try sessions.finish(.betterAuthDone, found)
    }

    @Sendable private func list(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try BetterAuthCall(request, rules)
        let found = try await sessions.require(request)
        let user = found.user
        let linked = try await providers.linkedAccounts(of: user)
        let hasPassword = try await providers.hasPassword(user)
        let response = Response.betterAuth { json in
            json.array { json in
                if hasPassword {
                    // The password has no row of its own here.
                    json.betterAuthAccount(
                        id: user.id.rawValue, of: user, issuer: "local:credential", account: user.id.rawValue,
                        provider: "credential", since: user.createdAt, until: user.updatedAt)
                }
                for account in linked {
                    json.betterAuthAccount(
                        id: account.id.rawValue, of: user, issuer: account.identity.issuer,
                        account: account.identity.subject, provider: account.provider, since: account.linkedAt,
                        until: account.lastUsedAt ?? account.linkedAt)
                }
            }
        }
        return try sessions.finish(response, found)
    }
}

extension JSONWriter {
    fileprivate mutating func betterAuthAccount(
        id: String, of user: User, issuer: String, account: String, provider: String, since created: Timestamp,
        until updated: Timestamp
    ) {
        object {
            $0.member("issuer", issuer)
            $0.member("accountId", account)
            $0.member("providerId", provider)
            $0.member("userId", user.id.rawValue)
            $0.member("createdAt", created)
            $0.member("updatedAt", updated)
            $0.member("id", id)
            $0.name("scopes")
            $0.array { _ in }
        }
    }
}
