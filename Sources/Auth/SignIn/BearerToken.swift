import Basics

/// A bearer token, classified by its form. Except for the signature that some session tokens carry, nothing is verified
/// yet.
package enum BearerToken: Sendable {
    /// A JSON Web Token (RFC 7519): an access token of ours, or one that a key pair signed, ours or a trusted issuer's.
    case jwt(String)
    /// The token of a session, as our own clients and Better Auth's send it.
    case session(String)
    /// An API token.
    case apiToken(String)
    /// Anything else.
    case unknown(String)

    package init(_ text: String, _ cookie: SessionCookie) throws {
        if APITokenText.isMeant(text) {
            self = .apiToken(text)
            return
        }
        switch text.count(of: UInt8(ascii: ".")) {
        case 0: self = .session(text)
        case 1: self = try cookie.token(in: text).map(BearerToken.session) ?? .unknown(text)
        case 2: self = .jwt(text)
        default: self = .unknown(text)
        }
    }
}
