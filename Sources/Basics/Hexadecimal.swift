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

    /// Appends an escaped byte: a mark and two digits in upper case, as in URLs (RFC 3986, section 2.1) and
    /// quoted-printable (RFC 2045, section 6.7).
    package static func appendEscape(_ mark: UInt8, _ byte: UInt8, to output: inout [UInt8]) {
        output.append(mark)
        for digit in [byte >> 4, byte & 15] {
            output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10)
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

    /// A UUID's 32 digits in the usual form with hyphens; any other text as it is.
    package static func uuid(ofDigits digits: String) -> String {
        let bytes = Array(digits.utf8)
        guard bytes.count == 32 else { return digits }
        let parts = [bytes[..<8], bytes[8..<12], bytes[12..<16], bytes[16..<20], bytes[20...]]
        return String(decoding: Array(parts.joined(separator: "-".utf8)), as: UTF8.self)
    }
}
