import Basics

/// Makes untrusted text safe for a terminal or a line-based file.
enum VisibleText {
    /// A line in which all non-ASCII characters are inside JSON strings, with escapes for those that JSON allows there
    /// but a terminal or a line reader may interpret: C1 control characters, the line separators U+2028 and U+2029, and
    /// bidirectional formatting characters.
    static func escaped(_ line: [UInt8]) -> [UInt8] {
        guard !line.allSatisfy({ $0 < 0x80 }) else { return line }
        var output: [UInt8] = []
        output.reserveCapacity(line.count + 16)
        var rest = line[...]
        while let start = rest.firstIndex(where: { $0 >= 0x80 }) {
            output += rest[..<start]
            let end = rest[start...].firstIndex { $0 < 0x80 } ?? rest.endIndex
            for scalar in String(decoding: rest[start..<end], as: UTF8.self).unicodeScalars {
                if isInvisible(scalar) {
                    for unit in scalar.utf16 {
                        let digits = String(unit, radix: 16)
                        output += ("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits).utf8
                    }
                } else {
                    output += scalar.utf8
                }
            }
            rest = rest[end...]
        }
        output += rest
        return output
    }

    static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        default: false
        }
    }
}

extension String {
    /// The text in a form safe to show on a terminal, with `?` for invisible characters.
    var shown: String {
        var output = UnicodeScalarView()
        output.append(contentsOf: unicodeScalars.map { VisibleText.isInvisible($0) ? "?" : $0 })
        return String(output)
    }

    /// The text padded with spaces to a width. Columns are for people; counting scalars is near enough.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - unicodeScalars.count))
    }
}
