import Glibc

/// An address of IPv4 or IPv6. `::ffff:192.0.2.1` (RFC 4291, section 2.5.5.2) is the IPv4 address that it holds, so that
/// nobody has two.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// 4 or 16 bytes, the highest first.
    package let bytes: [UInt8]

    private init(bytes: [UInt8]) {
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

    /// In the shortest form (RFC 5952).
    package var description: String {
        var output = [CChar](repeating: 0, count: 46)
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &output, socklen_t(output.count)) != nil else { return "" }
        return String(decoding: output.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    package var isLoopback: Bool {
        bytes.count == 4 ? bytes[0] == 127 : bytes.last == 1 && bytes.dropLast().allSatisfy { $0 == 0 }
    }

    /// What one household or server has: the address itself, of IPv6 its first 64 bits (RFC 6177), as whoever has one
    /// of those has them all.
    package var network: IPNetwork { IPNetwork(address: self, bits: bytes.count == 4 ? 32 : 64) }

    /// The address itself, of IPv6 its first 48 bits: what one customer of a provider may have many networks in.
    package var site: IPNetwork { IPNetwork(address: self, bits: bytes.count == 4 ? 32 : 48) }
}
