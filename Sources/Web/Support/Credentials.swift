import Auth
import Basics
import Domain
import HTTPServer

/// The credentials that a request carries. They are read here for the pages, the API and Better Auth's endpoints, which
/// differ only in the kinds of credentials that they accept. The database is not asked here.
struct Credentials {
    /// The token of `Authorization: Bearer …`, as sent; nil if there is none.
    let bearerText: String?
    private let cookies: Cookies
    private let cookie: SessionCookie

    init(_ request: Request, _ cookie: SessionCookie) {
        bearerText = request.bearerToken
        cookies = request.cookies
        self.cookie = cookie
    }

    func bearer() throws -> BearerToken? { try bearerText.map { try BearerToken($0, cookie) } }

    /// True if a session cookie was sent, valid or not.
    var hasSessionCookie: Bool { !cookies.values(of: cookie.name).isEmpty }

    /// The session tokens of the cookies that we signed. An outdated cookie of the same name, for a parent domain say,
    /// may precede the valid one.
    func sessionTokens() throws -> [String] {
        try cookies.values(of: cookie.name).compactMap { try cookie.token(in: $0) }
    }

    /// The token of the sign-in that waits for the second factor.
    func challenge() throws -> String? {
        try cookies.values(of: cookie.challengeName).compactMap { try cookie.token(in: $0) }.first
    }

    /// True if the cookies are to end with the browser.
    func endWithBrowserSession() throws -> Bool {
        try cookies.values(of: cookie.dontRememberName).contains { try cookie.token(in: $0) == "true" }
    }
}

extension SessionService {
    /// The caller of the first token whose session is live, with that token.
    func identity(
        amongSessionTokens tokens: [String]
    ) async throws -> (identity: Identity, session: Session, token: String)? {
        for token in tokens {
            if let identity = try await identity(sessionToken: token), let session = identity.session {
                return (identity, session, token)
            }
        }
        return nil
    }
}

extension Request {
    /// The token of `Authorization: Bearer …` (RFC 6750, section 2.1). The scheme is case-insensitive, and one or more
    /// spaces follow it (RFC 9110, sections 11.1 and 11.4). Nil if there is no token, or another scheme.
    var bearerToken: String? {
        guard let field = headers.first(name: "authorization") else { return nil }
        let scheme = field.utf8.prefix { $0 != 0x20 }
        guard scheme.map(\.asciiLowercased).elementsEqual("bearer".utf8) else { return nil }
        var token = field.utf8[scheme.endIndex...].drop { $0 == 0x20 }
        while let last = token.last, last == 0x20 || last == 0x09 { token = token.dropLast() }
        return token.isEmpty ? nil : String(Substring(token))
    }
}
