import Basics

/// Another service whose tokens are accepted.
package struct TrustedIssuer: Sendable, Equatable {
    /// The place where its keys are published.
    package enum KeyLocation: Sendable, Equatable {
        /// The address of its JWK Set.
        case keySet(String)
        /// The address of the service itself, which publishes them in one of the usual places.
        case service(String)
    }

    /// The accepted `iss` values of its tokens, octet for octet; empty if any is accepted, as for a sole issuer of
    /// which only the JWK Set is known.
    package var issuerTexts: [String]
    /// True if a token without `iss` is accepted while this is the only issuer.
    package var allowsMissingIssuer = true
    /// True if its discovery document may name another `iss`.
    package var allowsDiscovery: Bool
    /// The value required in `aud`; nil if it is not checked.
    package var audience: String?
    package var keys: KeyLocation
    /// True if it asks for a second factor itself: accounts that have one here take its tokens.
    package var asksForSecondFactor = false
    /// The namespace of its accounts. A trailing slash makes no difference.
    package var namespace: String { didSet { namespace = Self.withoutFinalSlash(namespace) } }

    /// An issuer known by one address, its own or that of its JWK Set, as `TRUSTED_ISSUERS` has it.
    package init(address: String, audience: String? = nil) {
        let isKeySet = address.hasSuffix(".json") || address.hasSuffix("/jwks")
        keys = isKeySet ? .keySet(address) : .service(address)
        // An address with and without a trailing slash is the same, so an issuer named with one may use either in
        // tokens.
        issuerTexts = isKeySet ? [] : address.hasSuffix("/") ? [address, String(address.dropLast())] : [address]
        allowsDiscovery = !isKeySet
        self.audience = audience
        namespace = Self.withoutFinalSlash(address)
    }

    /// A fully specified issuer.
    /// - Parameter keySetURL: nil if the issuer's identifier is its address, too.
    package init(issuer: String, audience: String?, keySetURL: String?, namespace: String?) {
        issuerTexts = [issuer]
        allowsDiscovery = keySetURL == nil
        self.audience = audience
        keys = keySetURL.map(KeyLocation.keySet) ?? .service(issuer)
        self.namespace = Self.withoutFinalSlash(namespace ?? issuer)
    }

    /// The name for messages.
    package var name: String { issuerTexts.first ?? address }

    /// The address that is fetched from, or that others are derived from.
    package var address: String {
        switch keys {
        case .keySet(let url), .service(let url): url
        }
    }

    /// Addresses of its JWK Set, tried in order.
    var keySetURLs: [String] {
        switch keys {
        case .keySet(let url): [url]
        // The seed documents' address, and Better Auth's default.
        case .service(let url):
            ["/.well-known/jwks.json", "/api/auth/jwks"].map { Self.withoutFinalSlash(url) + $0 }
        }
    }

    /// The address of its discovery document (OpenID Connect Discovery 1.0, section 4), if one is allowed.
    var discoveryURL: String? {
        guard case .service(let url) = keys else { return nil }
        return Self.withoutFinalSlash(url) + "/.well-known/openid-configuration"
    }

    /// Namespaces that its accounts may have had before: the issuer's other names.
    package var formerNamespaces: [String] {
        var names: [String] = []
        for name in issuerTexts + [address] {
            let name = Self.withoutFinalSlash(name)
            if !name.hasSameBytes(as: namespace), !names.contains(where: { $0.hasSameBytes(as: name) }) {
                names.append(name)
            }
        }
        return names
    }

    package static func withoutFinalSlash(_ text: String) -> String {
        var text = text[...]
        while text.utf8.last == UInt8(ascii: "/") { text = text.dropLast() }
        return String(text)
    }

    /// True if one of its identifiers is the same apart from a trailing slash.
    package func hasIssuerText(like text: String) -> Bool {
        let text = Self.withoutFinalSlash(text)
        return issuerTexts.contains { Self.withoutFinalSlash($0).hasSameBytes(as: text) }
    }
}
