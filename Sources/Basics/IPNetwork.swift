/// A range of addresses that begin alike: `10.0.0.0/8` (RFC 4632).
package struct IPNetwork: Sendable, Hashable, CustomStringConvertible {
    private let address: IPAddress
    private let bits: Int

    package init(address: IPAddress, bits: Int) {
        self.address = address
        self.bits = bits
    }

    /// - Parameter text: an address, or an address and how many of its bits count; the others must be 0.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(parts[0]) else { return nil }
        self.init(address: address, bits: address.bytes.count * 8)
        guard parts.count == 2 else { return }
        guard parts[1].utf8.count <= 3, let bits = Int(digits: parts[1]), bits <= address.bytes.count * 8,
            // Of an IPv4 address in IPv6 spelling it is not certain which bits are meant.
            parts[0].utf8.contains(UInt8(ascii: ":")) == (address.bytes.count == 16)
        else { return nil }
        self.init(address: address, bits: bits)
        guard prefix(of: address) == Self(address: address, bits: address.bytes.count * 8).prefix(of: address) else {
            return nil
        }
    }

    package func contains(_ other: IPAddress) -> Bool {
        other.bytes.count == address.bytes.count && prefix(of: other) == prefix(of: address)
    }

    package static func == (left: IPNetwork, right: IPNetwork) -> Bool {
        left.bits == right.bits && left.contains(right.address)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(bits)
        hasher.combine(prefix(of: address))
    }

    package var description: String {
        prefix(of: address).map { String($0, radix: 16) }.joined(separator: ".") + "/\(bits)"
    }

    /// The address with all bits 0 that don't count.
    private func prefix(of address: IPAddress) -> [UInt8] {
        address.bytes.enumerated().map { index, byte in
            let counting = min(max(bits - index * 8, 0), 8)
            return counting == 0 ? 0 : byte & ~UInt8((1 << (8 - counting)) - 1)
        }
    }
}
