import Auth
import Domain
import HTTPServer

/// Sends browsers from forms to sign-in providers.
struct ProviderDepartures: Sendable {
    let providers: ProviderService
    let cookie: ProviderCookie
    let pages: PageRenderer

    /// - Parameter user: nil for a visitor.
    /// - Throws: `AppError.notFound` for an unknown provider; `AppError.throttled`; `ProviderRefusal`.
    func response(
        to name: String, for purpose: ProviderPurpose, _ destinations: ProviderDestinations,
        locale: ProviderLocale? = nil, _ request: Request, as user: User? = nil, csrfSubject: String
    ) async throws -> Response {
        let departure = try await providers.begin(
            name, for: purpose, to: destinations, locale: locale, in: cookie.values(in: request.cookies),
            from: Client(request))
        let label = providers.provider(named: name)?.label ?? name
        var response = try pages.response(
            ProviderPage(
                frame: try pages.frame(title: "Sign in", for: user, csrfSubject: csrfSubject), label: label,
                url: departure.url))
        response.headers.add(name: "refresh", value: "0; url=\(departure.url)")
        response.setCookie(cookie.cookie(departure.browserSecret))
        return response
    }
}
