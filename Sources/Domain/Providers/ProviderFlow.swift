import Basics

/// A visit of a browser to a sign-in provider, from which it is to return with an answer. It works once.
package struct ProviderFlow: Sendable, Hashable {
    package static let lifetimeSeconds: Int64 = 600

    /// SHA-256 of the state that the provider sends back, hexadecimal.
    package let stateDigest: String
    /// SHA-256 of the browser's cookie, hexadecimal: an answer is refused in another browser.
    package let browserDigest: String
    package let provider: String
    package let purpose: ProviderPurpose
    package let destinations: ProviderDestinations
    package let locale: ProviderLocale?
    package let createdAt: Timestamp

    package var expiresAt: Timestamp { createdAt.adding(seconds: Self.lifetimeSeconds) }

    package init(
        stateDigest: String, browserDigest: String, provider: String, purpose: ProviderPurpose,
        destinations: ProviderDestinations,
        locale: ProviderLocale? = nil, createdAt: Timestamp
    ) {
        (self.stateDigest, self.browserDigest, self.provider) = (stateDigest, browserDigest, provider)
        (self.purpose, self.destinations) = (purpose, destinations)
        (self.locale, self.createdAt) = (locale, createdAt)
    }
}
