import Basics

/// Text as quoted-printable (RFC 2045, section 6.7): ASCII, in lines of at most 76 characters that end with CR LF.
enum QuotedPrintable {
    private static let maximumLine = 76

    static func encode(_ text: String) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count * 5 / 4)
        for (index, line) in lines(of: text).enumerated() {
            if index > 0 { output += [0x0D, 0x0A] }
            append(line, to: &output)
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// The lines, whichever of CR LF, CR and LF ends them.
    private static func lines(of text: String) -> [[UInt8]] {
        var (lines, line): ([[UInt8]], [UInt8]) = ([], [])
        var previous: UInt8 = 0
        for byte in text.utf8 {
            switch byte {
            case 0x0A where previous == 0x0D: break
            case 0x0A, 0x0D:
                lines.append(line)
                line = []
            default: line.append(byte)
            }
            previous = byte
        }
        return lines + [line]
    }

    private static func append(_ line: [UInt8], to output: inout [UInt8]) {
        var length = 0
        for (index, byte) in line.enumerated() {
            let isLast = index == line.count - 1
            let isEscaped =
                switch byte {
                case 0x20, 0x09: isLast  // White space at the end of a line may get lost on the way.
                case UInt8(ascii: "="): true
                case 0x21...0x7E: false
                default: true
                }
            let size = isEscaped ? 3 : 1
            // One character less where a soft line break follows.
            if length + size > (isLast ? maximumLine : maximumLine - 1) {
                output += [UInt8(ascii: "="), 0x0D, 0x0A]
                length = 0
            }
            if isEscaped {
                Hexadecimal.appendEscape(UInt8(ascii: "="), byte, to: &output)
            } else {
                output.append(byte)
            }
            length += size
        }
    }
}
