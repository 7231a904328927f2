import Basics
import Crypto

/// The browser's credential for a session: Better Auth's `session_token` cookie, a random token and its HMAC.
package struct SessionCookie: Sendable {
    /// `better-auth.session_token`, prefixed with `__Secure-` if the site is served over https.
    package let name: String
    /// Other cookies of Better Auth's client, to be removed with the session.
    package let companionNames: [String]
    /// The token of a sign-in that waits for the second factor.
    package let challengeName: String
    /// Marks a session that was not to be remembered.
    package let dontRememberName: String
    package let isSecure: Bool
    /// True if pages of other sites may send it.
    package let crossesSites: Bool
    /// The domain whose hosts all receive it; nil for this host alone.
    package let domain: String?
    private let hmacs: HMACs
    /// Keyed by the cookie's value as it was sent.
    private let verified = VerifiedTokens<String>()

    package init(_ secrets: Secrets, isSecure: Bool, crossesSites: Bool = false, domain: String? = nil) throws {
        let prefix = (isSecure ? "__Secure-" : "") + "better-auth."
        name = prefix + "session_token"
        challengeName = prefix + "two_factor"
        dontRememberName = prefix + "dont_remember"
        companionNames = [prefix + "session_data", dontRememberName]
        self.isSecure = isSecure
        self.crossesSites = crossesSites
        self.domain = domain
        hmacs = try secrets.hmacs()
    }

    /// `token.signature`, as the `set-auth-token` header has it.
    package func signed(_ token: String) throws -> String {
        token + "." + Base64.encode(try hmacs.code(for: token.utf8))
    }

    /// `token.signature`, percent-encoded: the cookie's value.
    package func value(for token: String) throws -> String { Self.percentEncoded(try signed(token)) }

    /// The token in a cookie's value or in a bearer token, percent-encoded or not, if we signed it.
    package func token(in value: String) throws -> String? {
        guard value.utf8.count <= 512 else { return nil }
        if let token = verified.content(of: value) { return token }
        guard let dot = value.utf8.firstIndex(of: UInt8(ascii: ".")) else { return nil }
        let token = String(value[..<dot])
        guard !token.isEmpty, token.utf8.allSatisfy({ $0.isASCIIAlphanumeric }),
            let signature = Base64.decode(value[value.utf8.index(after: dot)...].utf8),
            try hmacs.isCode(signature, for: Array(token.utf8))
        else { return nil }
        verified.insert(token, of: value)
        return token
    }

    private static func percentEncoded(_ base64: String) -> String {
        var output: [UInt8] = []
        for byte in base64.utf8 {
            switch byte {
            case UInt8(ascii: "+"): output.append(contentsOf: "%2B".utf8)
            case UInt8(ascii: "/"): output.append(contentsOf: "%2F".utf8)
            case UInt8(ascii: "="): output.append(contentsOf: "%3D".utf8)
            default: output.append(byte)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
