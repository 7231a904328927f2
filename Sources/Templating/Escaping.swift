/// The ways of escaping a value. All of them work on UTF-8 bytes; runs of harmless bytes are copied at once.
enum Escaping: Equatable, Sendable {
    /// Text, `<title>` and `<textarea>`.
    case text
    /// A quoted attribute.
    case attribute
    /// A value that may be a whole URL, in a quoted attribute.
    case wholeURL
    /// A part of a URL, in a quoted attribute.
    case urlComponent
    /// No escaping, in a document that is plain text.
    case none

    func append(_ value: String, to output: inout RenderedBytes) {
        if value.utf8.withContiguousStorageIfAvailable({ append($0, to: &output) }) == nil {
            appendCopy(of: value, to: &output)
        }
    }

    // A function of its own: within `append`, the usual way would retain the text as well.
    @inline(never)
    private func appendCopy(of value: String, to output: inout RenderedBytes) {
        Array(value.utf8).withUnsafeBufferPointer { append($0, to: &output) }
    }

    func append(_ bytes: UnsafeBufferPointer<UInt8>, to output: inout RenderedBytes) {
        switch self {
        case .text: Self.appendHTML(bytes, to: &output) { $0 >= 64 || Self.harmlessBelow64 &>> UInt64($0) & 1 == 1 }
        case .attribute:
            Self.appendHTML(bytes, to: &output) {
                $0 >= 64 ? $0 != 0x60 : Self.harmlessBelow64 &>> UInt64($0) & 1 == 1
            }
        case .wholeURL: URLEscaping.appendWhole(bytes, to: &output)
        case .urlComponent: URLEscaping.appendComponent(bytes, to: &output)
        case .none: output.append(contentsOf: bytes)
        }
    }

    /// Writes an integer without creating a string. Digits and `-` are harmless everywhere.
    static func append(_ number: Int, to output: inout RenderedBytes) {
        var rest = number.magnitude
        let end = output.count + (number < 0 ? 1 : 0)
        if number < 0 { output.append(ASCII.dash) }
        repeat {
            output.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        output.reverse(from: end)
    }

    /// Called before a literal `/` that follows a URL value. If the URL printed so far is a single slash, the two would
    /// begin the address of another host (`//evil.example`); a dot between them keeps it a path.
    static func separateSlash(_ output: inout RenderedBytes) {
        guard output.count > 1 else { return }
        let (before, last) = (output[output.count - 2], output[output.count - 1])
        guard last == ASCII.slash || last == ASCII.backslash else { return }
        if before == ASCII.quote || before == ASCII.apostrophe || before <= ASCII.space { output.append(ASCII.dot) }
    }

    /// A set bit for each byte below 64 without special meaning in HTML: all but NUL, `"`, `&`, `'`, `<` and `>`.
    private static let harmlessBelow64: UInt64 =
        ~(1 << 0 | 1 << 0x22 | 1 << 0x26 | 1 << 0x27 | 1 << 0x3C | 1 << 0x3E)

    /// True if none of eight bytes has a special meaning, in text or in attributes. A byte is zero where the highest bit
    /// of `(x - 1) & ~x` is set; a borrow can only cause a false positive, and then the bytes are examined one by one.
    @inline(__always)
    private static func areHarmless(_ bytes: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = bytes ^ (ones &* UInt64(ASCII.quote))
        let backtick = bytes ^ (ones &* 0x60)
        // `&` and `'`, as well as `<` and `>`, differ in one bit.
        let reference = (bytes | ones) ^ (ones &* UInt64(ASCII.apostrophe))
        let tag = (bytes | (ones &* 2)) ^ (ones &* UInt64(ASCII.greater))
        let found =
            ((bytes &- ones) & ~bytes) | ((quote &- ones) & ~quote) | ((backtick &- ones) & ~backtick)
            | ((reference &- ones) & ~reference) | ((tag &- ones) & ~tag)
        return found & (ones &* 0x80) == 0
    }

    @inline(__always)
    private static func appendHTML(
        _ bytes: UnsafeBufferPointer<UInt8>, to output: inout RenderedBytes, isHarmless: (UInt8) -> Bool
    ) {
        var start = 0
        while start < bytes.count {
            let end = harmlessEnd(bytes, from: start, isHarmless)
            output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<end]))
            if end < bytes.count { appendReference(bytes[end], to: &output) }
            start = end + 1
        }
    }

    @inline(__always)
    private static func harmlessEnd(
        _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, _ isHarmless: (UInt8) -> Bool
    ) -> Int {
        let raw = UnsafeRawBufferPointer(bytes)
        var end = start
        while end + 8 <= raw.count, areHarmless(raw.loadUnaligned(fromByteOffset: end, as: UInt64.self)) { end += 8 }
        // The last eight bytes, some of which may have been examined before.
        let last = raw.count - 8
        if last >= 0, last < end, areHarmless(raw.loadUnaligned(fromByteOffset: last, as: UInt64.self)) {
            return raw.count
        }
        while end < raw.count, isHarmless(raw[end]) { end += 1 }
        return end
    }

    /// The character reference for a byte that `appendHTML` stops at.
    static func appendReference(_ byte: UInt8, to output: inout RenderedBytes) {
        let reference: StaticString =
            switch byte {
            case ASCII.ampersand: "&amp;"
            case ASCII.less: "&lt;"
            case ASCII.greater: "&gt;"
            case ASCII.quote: "&#34;"
            case ASCII.apostrophe: "&#39;"
            case 0x60: "&#96;"
            // NUL, which HTML does not allow in any form.
            default: "\u{FFFD}"
            }
        output.append(contentsOf: reference)
    }
}
