import Basics

/// An http or https address, parsed (RFC 3986).
package struct WebAddress: Sendable, Equatable {
    package let isTLS: Bool
    /// The host without the brackets of an IPv6 address.
    package let host: String
    package let port: UInt16
    /// The value for `Host`: with the port if one is given.
    package let authority: String
    package let path: String

    /// - Returns: nil for another scheme, user information, a fragment, an invalid port, and anything but visible
    ///   ASCII.
    package init?(_ url: String) {
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            let match = url.wholeMatch(
                of: /(https?):\/\/(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._\-]+)(?::([0-9]+))?([\/?][^#]*)?/),
            let port = match.3.map({ UInt16(digits: $0.utf8) }) ?? (match.1 == "https" ? 443 : 80), port > 0
        else { return nil }
        isTLS = match.1 == "https"
        host = String(match.2.drop { $0 == "[" }.prefix { $0 != "]" })
        self.port = port
        authority = String(match.2) + (match.3.map { ":\($0)" } ?? "")
        let target = match.4.map(String.init) ?? "/"
        path = target.hasPrefix("/") ? target : "/" + target
    }

    /// True for this machine, which no other can impersonate.
    package var isLoopback: Bool { IPAddress.isLoopback(host: host) }

    /// Tells whether both have the same origin (RFC 6454).
    package func hasSameOrigin(as other: WebAddress) -> Bool {
        isTLS == other.isTLS && port == other.port && host.hasSameBytes(as: other.host)
    }
}
