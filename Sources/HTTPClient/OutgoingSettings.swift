import Curl

/// The settings of connections to other servers.
package struct OutgoingSettings: Sendable {
    /// The proxy for https requests; nil to connect directly.
    package var proxy: OutgoingProxy?
    /// A PEM file of certificate authorities that are trusted besides the system's.
    package var extraAuthorities: String?

    package init(proxy: OutgoingProxy? = nil, extraAuthorities: String? = nil) {
        (self.proxy, self.extraAuthorities) = (proxy, extraAuthorities)
    }
}
