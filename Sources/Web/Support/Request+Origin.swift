import Auth
import Basics
import HTTPServer

extension Request {
    /// Headers that proxies add.
    private static let proxyHeaders = [
        "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip",
    ]

    /// True for a client on this machine. What a proxy passes on comes from elsewhere, even if the proxy itself is here
    /// and is not one that we were told of.
    var isFromThisMachine: Bool {
        IPAddress(Client(self).ipAddress)?.isLoopback == true
            && !Self.proxyHeaders.contains(where: headers.contains(name:))
    }
}
