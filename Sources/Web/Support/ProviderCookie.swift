import Crypto
import Domain
import HTTPServer

/// Binds a visit to a sign-in provider to the browser that began it: the answer is accepted from no other.
struct ProviderCookie: Sendable {
    private let name: String
    private let isSecure: Bool

    init(isSecure: Bool) {
        name = (isSecure ? "__Host-" : "") + "latchkey.provider"
        self.isSecure = isSecure
    }

    func values(in cookies: Cookies) -> [String] {
        Array(cookies.values(of: name).filter(RandomToken.isPossible).prefix(4))
    }

    func cookie(_ value: String) -> SetCookie {
        SetCookie(name: name, value: value, maxAge: ProviderFlow.lifetimeSeconds, isSecure: isSecure)
    }
}
