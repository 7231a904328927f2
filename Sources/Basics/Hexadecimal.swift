/// Base 16 in lower case (RFC 4648, section 8).
package enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    package static func encode(_ bytes: some Collection<UInt8>) -> String { encode(Array(bytes)) }

    // Not generic: callers are in other modules, where a generic function is not specialised.
    package static func encode(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 2) { output in
            for (index, byte) in bytes.enumerated() {
                output[2 * index] = digits[Int(byte >> 4)]
                output[2 * index + 1] = digits[Int(byte & 15)]
            }
            return bytes.count * 2
        }
    }

    /// Decodes trusted input, which consists of pairs of digits, as PostgreSQL writes a `bytea`.
    package static func decode(trusted text: some Sequence<UInt8>) -> [UInt8] {
        func value(_ digit: UInt8) -> UInt8 { digit <= UInt8(ascii: "9") ? digit & 15 : (digit & 15) &+ 9 }
        var output: [UInt8] = []
        output.reserveCapacity(text.underestimatedCount / 2)
        var iterator = text.makeIterator()
        while let high = iterator.next(), let low = iterator.next() { output.append(value(high) << 4 | value(low)) }
        return output
    }
}
