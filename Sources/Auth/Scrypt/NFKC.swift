// The standard library composes canonically (NFC), but publishes that for the toolchain's own packages only. The test
// that goes through every character would tell of a change.
@_spi(_Unicode) import Swift

/// Unicode's normalisation form KC: `ﬁ` becomes `fi`, `²` becomes `2`, and an accent joins its letter.
///
/// Foundation has it too, but with tables for all of the world's languages: linking them makes the program 44 MB
/// larger (14 → 58 MB, measured), and on Linux it confuses characters beyond U+FFFF with those 65,536 below. Here one
/// table for the compatible characters is enough, read when it is first needed.
enum NFKC {
    static func normalized(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
        var decomposed = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if let parts = decompositions[scalar] {
                decomposed.append(contentsOf: parts)
            } else {
                decomposed.append(scalar)
            }
        }
        // Canonical decomposition, order and composition, also of what the table put in, is NFC's part.
        var composed = String.UnicodeScalarView()
        composed.append(contentsOf: String(decomposed)._nfc)
        return String(composed)
    }

    private static let decompositions: [Unicode.Scalar: [Unicode.Scalar]] = {
        var table: [Unicode.Scalar: [Unicode.Scalar]] = [:]
        for entry in CompatibilityTable.text.split(separator: " ") {
            let sides = entry.split(separator: ":")
            guard sides.count == 2 else { continue }
            let range = sides[0].split { $0 == "+" || $0 == "*" }.compactMap { UInt32($0, radix: 16) }
            let parts = sides[1].split(separator: ",").compactMap { UInt32($0, radix: 16) }
            guard let first = range.first, let head = parts.first else { continue }
            for offset in 0..<(range.count == 2 ? range[1] : 1) {
                let moved = sides[0].contains("+") ? head + offset : head
                let scalars = ([moved] + parts.dropFirst()).compactMap(Unicode.Scalar.init)
                if let scalar = Unicode.Scalar(first + offset) { table[scalar] = scalars }
            }
        }
        return table
    }()
}
