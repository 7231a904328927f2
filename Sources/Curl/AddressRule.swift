import Basics
import Glibc

/// The addresses that may be connected to, checked after a name was resolved: a name can lead anywhere.
package enum AddressRule: Sendable {
    /// Any, for targets that the operator configures.
    case any
    /// Only those of the public internet, for targets that users give.
    case publicOnly

    package func allows(_ address: IPAddress) -> Bool {
        switch self {
        case .any: true
        case .publicOnly: Self.isPublic(address)
        }
    }

    /// False for networks that are private, local, reserved or for documentation, and for IPv6 addresses that lead to
    /// such an IPv4 address by translation.
    private static func isPublic(_ address: IPAddress) -> Bool {
        if let target = address.translatedIPv4 { return isPublic(target) }
        return unicast.contains { $0.contains(address) } && !special.contains { $0.contains(address) }
    }

    /// All IPv4 addresses, and the only IPv6 addresses that IANA assigns to networks of the internet (RFC 4291, section
    /// 4). Beyond them are the loopback, unique local, link-local and multicast addresses, and what is reserved: private
    /// overlays use some of it.
    private static let unicast = ["0.0.0.0/0", "2000::/3"].compactMap { IPNetwork($0) }

    /// The networks among them that are in IANA's registries of special-purpose addresses (RFC 6890), and IPv4's
    /// multicast (RFC 5771). The few public addresses in 192.0.0.0/24 and 2001::/23 belong to protocols, not to servers.
    private static let special = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "3fff::/20",
    ].compactMap { IPNetwork($0) }
}

extension IPAddress {
    /// Nil for another family of addresses.
    init?(_ address: UnsafePointer<sockaddr>) {
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            self.init(
                bytes: address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    withUnsafeBytes(of: $0.pointee.sin_addr) { Array($0) }
                })
        case AF_INET6:
            self.init(
                bytes: address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                    withUnsafeBytes(of: $0.pointee.sin6_addr) { Array($0) }
                })
        default: return nil
        }
    }

    /// The IPv4 address that a translator takes this one to: NAT64 (RFC 6052, section 2.1) or 6to4 (RFC 3056).
    fileprivate var translatedIPv4: IPAddress? {
        guard bytes.count == 16 else { return nil }
        if bytes.starts(with: [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]) {
            return IPAddress(bytes: Array(bytes[12...]))
        }
        return bytes.starts(with: [0x20, 0x02]) ? IPAddress(bytes: Array(bytes[2..<6])) : nil
    }
}
