import Crypto
import HTTPServer

/// Distinguishes browsers that have not signed in, so that sign-in forms can be bound to them.
package struct VisitorCookie: Sendable {
    private let name: String
    private let isSecure: Bool

    package init(isSecure: Bool) {
        // __Host- prevents subdomains from setting one (RFC 6265bis, section 4.1.3.2).
        name = (isSecure ? "__Host-" : "") + "latchkey.visitor"
        self.isSecure = isSecure
    }

    func makeID() throws -> String { try RandomToken.make() }

    func ids(in cookies: Cookies) -> [String] { cookies.values(of: name).filter(RandomToken.isPossible) }

    func cookie(for id: String) -> SetCookie { SetCookie(name: name, value: id, maxAge: nil, isSecure: isSecure) }
}
