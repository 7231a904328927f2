import Glibc

/// An IPv4 or IPv6 address. `::ffff:192.0.2.1` (RFC 4291, section 2.5.5.2) is treated as the IPv4 address that it
/// contains, so that each address has one form.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// 4 or 16 bytes in network byte order.
    package let bytes: [UInt8]

    /// - Parameter bytes: 4 or 16; nil for another number of them.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        let isMapped = bytes.count == 16 && bytes[..<10].allSatisfy { $0 == 0 } && bytes[10...11] == [255, 255]
        self.bytes = isMapped ? Array(bytes[12...]) : bytes
    }

    /// - Parameter text: `192.0.2.1` or `2001:db8::1`, without brackets, port or zone.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 45, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        let text = String(text)
        var output = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &output) == 1 {
            self.init(bytes: Array(output[..<4]))
        } else if inet_pton(AF_INET6, text, &output) == 1 {
            self.init(bytes: output)
        } else {
            return nil
        }
    }

    /// The shortest form (RFC 5952).
    package var description: String {
        var output = [CChar](repeating: 0, count: 46)
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &output, socklen_t(output.count)) != nil else { return "" }
        return String(decoding: output.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// True for a name or address, with brackets or without, that stands for this machine.
    package static func isLoopback(host: String) -> Bool {
        host == "localhost" || IPAddress(host.filter { $0 != "[" && $0 != "]" })?.isLoopback ?? false
    }

    package var isLoopback: Bool {
        bytes.count == 4 ? bytes[0] == 127 : bytes.last == 1 && bytes.dropLast().allSatisfy { $0 == 0 }
    }

    /// The network of one household or server: the address itself for IPv4, the /64 for IPv6 (RFC 6177), as its holder
    /// controls all addresses in it.
    package var network: IPNetwork { IPNetwork(address: self, bits: bytes.count == 4 ? 32 : 64) }

    /// The network of one customer of a provider, who may have many /64s: the address itself for IPv4, the /48 for
    /// IPv6.
    package var site: IPNetwork { IPNetwork(address: self, bits: bytes.count == 4 ? 32 : 48) }
}
