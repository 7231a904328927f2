import Basics
import Glibc

/// A row of IANA's registries of special-purpose addresses, as of July 2026, or of those of multicast and of the whole
/// address space.
struct SpecialPurposeNetwork: CustomStringConvertible {
    let reach: Reach
    let description: String
    private let prefix: [UInt8]
    private let bits: Int

    /// The column "Globally Reachable".
    enum Reach {
        case local
        case global
        /// That of the IPv4 address behind the prefix.
        case embedded
    }

    private init(_ network: String, _ name: String, _ source: String, _ reach: Reach = .local) {
        description = "\(network), \(name) (\(source))"
        self.reach = reach
        let (parts, isIPv4) = (network.split(separator: "/"), !network.contains(":"))
        // As it is written: an `IPAddress` takes an IPv4-mapped one for that of IPv4.
        var prefix = [UInt8](repeating: 0, count: isIPv4 ? 4 : 16)
        bits = inet_pton(isIPv4 ? AF_INET : AF_INET6, String(parts[0]), &prefix) == 1 ? Int(parts[1]) ?? 0 : 0
        self.prefix = prefix
    }

    /// The first address of the network, one in its midst and the last one.
    var samples: [IPAddress] {
        [0, 0x55, 0xFF].compactMap { (filling: UInt8) in
            let bytes = prefix.enumerated().map { index, byte in
                let counting = min(max(bits - index * 8, 0), 8)
                let free = UInt8((1 << (8 - counting)) - 1)
                return (byte & ~free) | (filling & free)
            }
            return IPAddress(bytes: bytes)
        }
    }

    /// The address that has an IPv4 address behind the prefix.
    func embedding(_ address: IPAddress) -> IPAddress? {
        var bytes = prefix
        bytes.replaceSubrange(bits / 8..<bits / 8 + 4, with: address.bytes)
        return IPAddress(bytes: bytes)
    }

    /// https://www.iana.org/assignments/iana-ipv4-special-registry
    static let ipv4 = [
        Self("0.0.0.0/8", "this network", "RFC 791, section 3.2"),
        Self("0.0.0.0/32", "this host on this network", "RFC 1122, section 3.2.1.3"),
        Self("10.0.0.0/8", "private use", "RFC 1918"),
        Self("100.64.0.0/10", "shared address space", "RFC 6598"),
        Self("127.0.0.0/8", "loopback", "RFC 1122, section 3.2.1.3"),
        Self("169.254.0.0/16", "link local", "RFC 3927"),
        Self("172.16.0.0/12", "private use", "RFC 1918"),
        Self("192.0.0.0/24", "IETF protocol assignments", "RFC 6890, section 2.1"),
        Self("192.0.0.0/29", "IPv4 service continuity prefix", "RFC 7335"),
        Self("192.0.0.8/32", "IPv4 dummy address", "RFC 7600"),
        Self("192.0.0.9/32", "Port Control Protocol anycast", "RFC 7723", .global),
        Self("192.0.0.10/32", "Traversal Using Relays around NAT anycast", "RFC 8155", .global),
        Self("192.0.0.170/32", "NAT64/DNS64 discovery", "RFC 8880 and RFC 7050, section 2.2"),
        Self("192.0.0.171/32", "NAT64/DNS64 discovery", "RFC 8880 and RFC 7050, section 2.2"),
        Self("192.0.2.0/24", "documentation (TEST-NET-1)", "RFC 5737"),
        Self("192.31.196.0/24", "AS112-v4", "RFC 7535", .global),
        Self("192.52.193.0/24", "AMT", "RFC 7450", .global),
        Self("192.88.99.0/24", "deprecated (6to4 relay anycast)", "RFC 7526"),
        Self("192.88.99.2/32", "6a44 relay anycast", "RFC 6751"),
        Self("192.168.0.0/16", "private use", "RFC 1918"),
        Self("192.175.48.0/24", "direct delegation AS112 service", "RFC 7534", .global),
        Self("198.18.0.0/15", "benchmarking", "RFC 2544"),
        Self("198.51.100.0/24", "documentation (TEST-NET-2)", "RFC 5737"),
        Self("203.0.113.0/24", "documentation (TEST-NET-3)", "RFC 5737"),
        Self("240.0.0.0/4", "reserved", "RFC 1112, section 4"),
        Self("255.255.255.255/32", "limited broadcast", "RFC 8190 and RFC 919, section 7"),
        // https://www.iana.org/assignments/multicast-addresses
        Self("224.0.0.0/4", "multicast", "RFC 5771"),
    ]

    /// https://www.iana.org/assignments/iana-ipv6-special-registry
    static let ipv6 = [
        Self("::1/128", "loopback address", "RFC 4291"),
        Self("::/128", "unspecified address", "RFC 4291"),
        Self("::ffff:0:0/96", "IPv4-mapped address", "RFC 4291", .embedded),
        Self("64:ff9b::/96", "IPv4-IPv6 translation", "RFC 6052", .embedded),
        Self("64:ff9b:1::/48", "IPv4-IPv6 translation, for local use", "RFC 8215"),
        Self("100::/64", "discard-only address block", "RFC 6666"),
        Self("100:0:0:1::/64", "dummy IPv6 prefix", "RFC 9780"),
        Self("2001::/23", "IETF protocol assignments", "RFC 2928"),
        Self("2001::/32", "Teredo", "RFC 4380 and RFC 8190"),
        Self("2001:1::1/128", "Port Control Protocol anycast", "RFC 7723", .global),
        Self("2001:1::2/128", "Traversal Using Relays around NAT anycast", "RFC 8155", .global),
        Self("2001:1::3/128", "DNS-SD Service Registration Protocol anycast", "RFC 9665", .global),
        Self("2001:2::/48", "benchmarking", "RFC 5180"),
        Self("2001:3::/32", "AMT", "RFC 7450", .global),
        Self("2001:4:112::/48", "AS112-v6", "RFC 7535", .global),
        Self("2001:10::/28", "deprecated (previously ORCHID)", "RFC 4843"),
        Self("2001:20::/28", "ORCHIDv2", "RFC 7343", .global),
        Self("2001:30::/28", "drone remote ID protocol entity tags", "RFC 9374", .global),
        Self("2001:db8::/32", "documentation", "RFC 3849"),
        Self("2002::/16", "6to4", "RFC 3056", .embedded),
        Self("2620:4f:8000::/48", "direct delegation AS112 service", "RFC 7534", .global),
        Self("3fff::/20", "documentation", "RFC 9637"),
        Self("5f00::/16", "Segment Routing (SRv6) SIDs", "RFC 9602"),
        Self("fc00::/7", "unique local", "RFC 4193 and RFC 8190"),
        Self("fe80::/10", "link-local unicast", "RFC 4291"),
        // https://www.iana.org/assignments/ipv6-address-space
        Self("::/96", "IPv4-compatible address, deprecated", "RFC 4291, section 2.5.5.1"),
        Self("::ffff:0:0:0/96", "IPv4-translated address, deprecated", "RFC 2765, section 2.1"),
        Self("200::/7", "reserved, once for OSI NSAP", "RFC 4048"),
        Self("400::/6", "reserved", "RFC 4291"),
        Self("800::/5", "reserved", "RFC 4291"),
        Self("1000::/4", "reserved", "RFC 4291"),
        Self("4000::/3", "reserved", "RFC 4291"),
        Self("6000::/3", "reserved", "RFC 4291"),
        Self("8000::/3", "reserved", "RFC 4291"),
        Self("a000::/3", "reserved", "RFC 4291"),
        Self("c000::/3", "reserved", "RFC 4291"),
        Self("e000::/4", "reserved", "RFC 4291"),
        Self("f000::/5", "reserved", "RFC 4291"),
        Self("f800::/6", "reserved", "RFC 4291"),
        Self("fe00::/9", "reserved", "RFC 4291"),
        Self("fec0::/10", "site-local unicast, deprecated", "RFC 3879"),
        Self("ff00::/8", "multicast", "RFC 4291"),
    ]
}
