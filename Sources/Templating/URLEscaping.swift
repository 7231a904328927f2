/// Writes URLs and parts of them into quoted attributes.
enum URLEscaping {
    private static let blocked: StaticString = "#blocked"
    private static let schemes = ["http", "https", "mailto", "otpauth"].map { Array($0.utf8) }

    /// Percent-encodes everything but the unreserved characters of RFC 3986, section 2.3.
    static func appendComponent(_ bytes: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        for byte in bytes {
            if isUnreserved(byte) { output.append(byte) } else { appendPercent(byte, to: &output) }
        }
    }

    /// Writes `bytes` if they are a safe URL, otherwise `#blocked`. Characters that a URL cannot contain are
    /// percent-encoded, and the whole is escaped for an attribute.
    static func appendWhole(_ bytes: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        guard isAllowed(bytes) else {
            blocked.withUTF8Buffer { output.append(contentsOf: $0) }
            return
        }
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case ASCII.ampersand, ASCII.apostrophe: Escaping.appendReference(byte, to: &output)
            case ASCII.percent:
                let isEncoded =
                    bytes.count - index > 2 && ASCII.isHexDigit(bytes[index + 1]) && ASCII.isHexDigit(bytes[index + 2])
                if isEncoded { output.append(byte) } else { appendPercent(byte, to: &output) }
            case _ where isUnreserved(byte) || isReserved(byte): output.append(byte)
            default: appendPercent(byte, to: &output)
            }
        }
    }

    /// True for a path, query or fragment on the same host, and for `http:`, `https:`, `mailto:` and `otpauth:`, which
    /// opens authenticator apps.
    static func isAllowed(_ bytes: some Collection<UInt8>) -> Bool {
        // Browsers drop tabs and line ends, as well as leading controls and spaces, before they look for a scheme, and
        // they read `\` as `/`. A URL that contains any of these is deceptive.
        if bytes.first == ASCII.space || bytes.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == ASCII.backslash }) {
            return false
        }
        if bytes.starts(with: [ASCII.slash, ASCII.slash]) { return false }
        var scheme: [UInt8] = []
        for byte in bytes {
            switch byte {
            case ASCII.slash, ASCII.question: return true
            case ASCII.hash: return !scheme.contains(ASCII.ampersand)
            case ASCII.colon: return schemes.contains(scheme)
            default: scheme.append(ASCII.lowercased(byte))
            }
        }
        // `javascript&colon;` would be harmless once escaped, but has no legitimate use.
        return !scheme.contains(ASCII.ampersand)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == ASCII.dash || byte == ASCII.dot
            || byte == ASCII.underscore || byte == UInt8(ascii: "~")
    }

    private static func isReserved(_ byte: UInt8) -> Bool {
        switch byte {
        case ASCII.colon, ASCII.slash, ASCII.question, ASCII.hash, UInt8(ascii: "["), UInt8(ascii: "]"),
            UInt8(ascii: "@"), ASCII.bang, UInt8(ascii: "$"), ASCII.ampersand, ASCII.apostrophe, UInt8(ascii: "("),
            UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: ";"),
            ASCII.equals:
            true
        default: false
        }
    }

    private static func appendPercent(_ byte: UInt8, to output: inout [UInt8]) {
        output.append(ASCII.percent)
        output.append(hexDigit(byte >> 4))
        output.append(hexDigit(byte & 0xF))
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + (value - 10)
    }
}
