import Basics
import NIOHTTP1

/// The content codings that a client accepts (RFC 9110, section 12.5.3).
package struct AcceptEncoding: Sendable {
    /// Weights in thousandths; nil if a coding is not listed.
    private var gzip: Int?
    private var identity: Int?
    private var others: Int?

    package init(_ headers: HTTPHeaders) {
        for element in headers[canonicalForm: "accept-encoding"] {
            let parts = element.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
            let name = parts[0].trimmingBlanks().map(\.asciiLowercased)
            // A malformed element is ignored.
            guard parts.count <= 2, let weight = parts.count == 2 ? Self.weight(parts[1].trimmingBlanks()) : 1000 else {
                continue
            }
            if name.elementsEqual("gzip".utf8) || name.elementsEqual("x-gzip".utf8) {
                gzip = max(gzip ?? 0, weight)
            } else if name.elementsEqual("identity".utf8) {
                identity = weight
            } else if name.elementsEqual("*".utf8) {
                others = weight
            }
        }
    }

    /// True if a response should be compressed with gzip: the client accepts it, by name or by `*`, and does not prefer
    /// the identity coding.
    package var prefersGzip: Bool {
        guard let weight = gzip ?? others, weight > 0 else { return false }
        return weight >= identity ?? 0
    }

    /// `weight = OWS ";" OWS "q=" qvalue`, from 0 to 1 with at most three decimals (section 12.4.2), in thousandths.
    private static func weight(_ text: Substring.UTF8View) -> Int? {
        let bytes = Array(text)
        guard bytes.count >= 3, bytes[0] | 0x20 == UInt8(ascii: "q"), bytes[1] == UInt8(ascii: "=") else { return nil }
        let decimals = bytes.dropFirst(4)
        guard bytes[2] == UInt8(ascii: "0") || bytes[2] == UInt8(ascii: "1"),
            bytes.count == 3 || bytes[3] == UInt8(ascii: "."), decimals.count <= 3, decimals.allSatisfy(\.isDigit)
        else { return nil }
        let padded = decimals + [UInt8](repeating: UInt8(ascii: "0"), count: 3 - decimals.count)
        guard let thousandths = Int(digits: padded) else { return nil }
        let weight = (bytes[2] == UInt8(ascii: "1") ? 1000 : 0) + thousandths
        return weight <= 1000 ? weight : nil
    }
}
