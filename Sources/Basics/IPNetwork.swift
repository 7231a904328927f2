/// A range of addresses with a common prefix: `10.0.0.0/8` (RFC 4632).
package struct IPNetwork: Sendable, Hashable, CustomStringConvertible {
    private let address: IPAddress
    private let bits: Int

    package init(address: IPAddress, bits: Int) {
        self.address = address
        self.bits = bits
    }

    /// - Parameter text: an address, optionally with a prefix length; the bits after the prefix must be 0.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(parts[0]) else { return nil }
        self.init(address: address, bits: address.bytes.count * 8)
        guard parts.count == 2 else { return }
        guard parts[1].utf8.count <= 3, let bits = Int(digits: parts[1]), bits <= address.bytes.count * 8,
            // For an IPv4 address in IPv6 notation the prefix length is ambiguous.
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

    /// The address with all bits after the prefix set to 0.
    private func prefix(of address: IPAddress) -> [UInt8] {
        address.bytes.enumerated().map { index, byte in
            let counting = min(max(bits - index * 8, 0), 8)
            return counting == 0 ? 0 : byte & ~UInt8((1 << (8 - counting)) - 1)
        }
    }
}
