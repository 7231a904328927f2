/// Writes URLs and parts of them into quoted attributes.
enum URLEscaping {
    private static let blocked: StaticString = "#blocked"
    private static let schemes = ["http", "https", "mailto", "otpauth"].map { Array($0.utf8) }

    /// Of RFC 3986, section 2.3.
    private static let unreserved = (0..<128).filter {
        ASCII.isLetter($0) || ASCII.isDigit($0) || "-._~".utf8.contains($0)
    }
    private static let keptInComponents = ASCIISet(unreserved)
    /// The unreserved and the reserved (RFC 3986, section 2.2) but for those that a quoted attribute would misread.
    private static let keptInWhole = ASCIISet(unreserved + Array(":/?#[]@!$()*+,;=".utf8))

    /// Percent-encodes everything but the unreserved characters of RFC 3986, section 2.3.
    static func appendComponent(_ bytes: UnsafeBufferPointer<UInt8>, to output: inout RenderedBytes) {
        append(bytes, keeping: keptInComponents, to: &output) { index, output in
            appendPercent(bytes[index], to: &output)
        }
    }

    /// Writes `bytes` if they are a safe URL, otherwise `#blocked`. Characters that a URL cannot contain are
    /// percent-encoded, and the whole is escaped for an attribute.
    static func appendWhole(_ bytes: UnsafeBufferPointer<UInt8>, to output: inout RenderedBytes) {
        if isPlainPath(bytes) { return output.append(contentsOf: bytes) }
        guard isAllowed(bytes) else { return output.append(contentsOf: blocked) }
        append(bytes, keeping: keptInWhole, to: &output) { index, output in
            let byte = bytes[index]
            switch byte {
            case ASCII.ampersand, ASCII.apostrophe: Escaping.appendReference(byte, to: &output)
            case ASCII.percent
            where bytes.count - index > 2 && ASCII.isHexDigit(bytes[index + 1]) && ASCII.isHexDigit(bytes[index + 2]):
                output.append(byte)
            default: appendPercent(byte, to: &output)
            }
        }
    }

    /// True for a path on the same host that needs no escaping, which most addresses are.
    private static func isPlainPath(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.first == ASCII.slash, bytes.count == 1 || bytes[1] != ASCII.slash else { return false }
        // Read once: a static is looked up each time.
        let kept = keptInWhole
        return bytes.allSatisfy { kept.contains($0) }
    }

    /// Copies runs of the bytes to keep at once.
    private static func append(
        _ bytes: UnsafeBufferPointer<UInt8>, keeping kept: ASCIISet, to output: inout RenderedBytes,
        escape: (_ index: Int, inout RenderedBytes) -> Void
    ) {
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex { !kept.contains($0) } ?? bytes.count
            output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<end]))
            if end < bytes.count { escape(end, &output) }
            start = end + 1
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
        if bytes.first == ASCII.slash, bytes.dropFirst().first == ASCII.slash { return false }
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

    private static func appendPercent(_ byte: UInt8, to output: inout RenderedBytes) {
        output.append(ASCII.percent)
        output.append(hexDigit(byte >> 4))
        output.append(hexDigit(byte & 0xF))
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + (value - 10)
    }
}
