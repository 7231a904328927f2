import Basics

/// Keeps text of others from being more than text on a terminal or in a file of lines.
enum VisibleText {
    /// A line in which everything beyond ASCII is inside of JSON strings, with escapes for what JSON allows there and
    /// a terminal or a reader of lines takes for more than a letter: the second set of control characters, the line
    /// separators U+2028 and U+2029, marks that turn the direction of text.
    static func escaped(_ line: [UInt8]) -> [UInt8] {
        guard !line.allSatisfy({ $0 < 0x80 }) else { return line }
        var output = String.UnicodeScalarView()
        for scalar in String(decoding: line, as: UTF8.self).unicodeScalars {
            guard !scalar.isASCII, isInvisible(scalar) else {
                output.append(scalar)
                continue
            }
            for unit in String(scalar).utf16 {
                let digits = String(unit, radix: 16)
                output.append(
                    contentsOf: ("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits).unicodeScalars)
            }
        }
        return Array(String(output).utf8)
    }

    static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        default: false
        }
    }
}

extension String {
    /// The text as it may be shown on a terminal, with `?` for what cannot be seen.
    var shown: String {
        var output = UnicodeScalarView()
        output.append(contentsOf: unicodeScalars.map { VisibleText.isInvisible($0) ? "?" : $0 })
        return String(output)
    }

    /// The text with spaces up to a width. Columns are for people; counting scalars is near enough.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - unicodeScalars.count))
    }
}
