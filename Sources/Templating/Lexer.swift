/// Splits a template into literal text and tags, and the inside of tags into words. Whitespace control happens here:
/// the text next to a dash is trimmed, and comments are dropped.
struct Lexer {
    private let source: TemplateSource
    private let bytes: [UInt8]
    private var position = 0
    private var textStart = 0
    private var pieces: [Piece] = []

    init(_ source: TemplateSource) {
        self.source = source
        bytes = source.bytes
    }

    /// A name as in `{{ name }}`: an ASCII letter or `_`, then letters, digits and `_`.
    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, isNameStart(first) else { return false }
        return text.utf8.allSatisfy(isNameByte)
    }

    mutating func run(_ log: inout ProblemLog) -> [Piece] {
        while position + 1 < bytes.count {
            guard bytes[position] == ASCII.openBrace else {
                position += 1
                continue
            }
            switch bytes[position + 1] {
            case ASCII.openBrace, ASCII.percent: scanTag(&log)
            case ASCII.hash: scanComment(&log)
            default: position += 1
            }
        }
        position = bytes.count
        flushText(to: bytes.count, trims: false)
        return pieces
    }

    // MARK: Text

    private mutating func flushText(to end: Int, trims: Bool) {
        var end = end
        while trims, end > textStart, ASCII.isWhitespace(bytes[end - 1]) { end -= 1 }
        if end > textStart { pieces.append(Piece(kind: .text(textStart..<end), offset: textStart)) }
        textStart = max(end, textStart)
    }

    /// Skips the two bytes that open a tag, and the dash if there is one.
    private mutating func open() {
        let start = position
        position += 2
        let trims = peek() == ASCII.dash
        if trims { position += 1 }
        flushText(to: start, trims: trims)
    }

    private mutating func resumeText(trims: Bool) {
        while trims, let byte = peek(), ASCII.isWhitespace(byte) { position += 1 }
        textStart = position
    }

    private func peek(_ distance: Int = 0) -> UInt8? {
        position + distance < bytes.count ? bytes[position + distance] : nil
    }

    private mutating func scanComment(_ log: inout ProblemLog) {
        let opener = position
        open()
        while position < bytes.count {
            if peek() == ASCII.dash, peek(1) == ASCII.hash, peek(2) == ASCII.closeBrace {
                position += 3
                return resumeText(trims: true)
            }
            if peek() == ASCII.hash, peek(1) == ASCII.closeBrace {
                position += 2
                return resumeText(trims: false)
            }
            position += 1
        }
        textStart = position
        log.report("this comment is never closed; add `#}`", at: Place(source: source, offset: opener))
    }

    // MARK: Tags

    private mutating func scanTag(_ log: inout ProblemLog) {
        let opener = position
        let isValue = bytes[position + 1] == ASCII.openBrace
        let closing = isValue ? ASCII.closeBrace : ASCII.percent
        var words: [Word] = []
        var isBroken = false
        var trims = false

        func fail(_ message: String, at offset: Int) {
            // One error for each tag; anything after the first one is guesswork.
            if !isBroken { log.report(message, at: Place(source: source, offset: offset)) }
            isBroken = true
        }

        open()
        scan: while true {
            guard let byte = peek(), byte != ASCII.openBrace else {
                fail("this `\(isValue ? "{{" : "{%")` is never closed; add `\(isValue ? "}}" : "%}")`", at: opener)
                break scan
            }
            switch byte {
            case _ where ASCII.isWhitespace(byte):
                position += 1
            case closing where peek(1) == ASCII.closeBrace:
                position += 2
                break scan
            case ASCII.dash where peek(1) == closing && peek(2) == ASCII.closeBrace:
                position += 3
                trims = true
                break scan
            case ASCII.percent where peek(1) == ASCII.closeBrace, ASCII.closeBrace where peek(1) == ASCII.closeBrace:
                fail(
                    isValue ? "a `{{` is closed by `}}`, not by `%}`" : "a `{%` is closed by `%}`, not by `}}`",
                    at: position)
                position += 2
                break scan
            case ASCII.quote:
                switch scanString() {
                case .success(let word): words.append(word)
                case .failure(let problem): fail(problem.message, at: problem.offset)
                }
            case ASCII.equals:
                words.append(Word(kind: .equals, offset: position))
                position += 1
            case _ where Self.isNameStart(byte):
                switch scanPath() {
                case .success(let word): words.append(word)
                case .failure(let problem): fail(problem.message, at: problem.offset)
                }
            default:
                let start = position
                repeat { position += 1 } while (peek() ?? 0) & 0xC0 == 0x80
                let shown = String(decoding: bytes[start..<position], as: UTF8.self)
                fail(
                    byte == ASCII.apostrophe
                        ? "a string is written in double quotes" : "`\(shown)` has no meaning here", at: start)
            }
        }
        pieces.append(Piece(kind: isValue ? .value(words) : .tag(words), offset: opener, isBroken: isBroken))
        resumeText(trims: trims)
    }

    private struct Failure: Error {
        let message: String
        let offset: Int
    }

    private mutating func scanString() -> Result<Word, Failure> {
        let start = position
        var text: [UInt8] = []
        position += 1
        while let byte = peek(), byte != ASCII.lineFeed {
            position += 1
            switch byte {
            case ASCII.quote:
                return .success(Word(kind: .string(String(decoding: text, as: UTF8.self)), offset: start))
            case ASCII.backslash:
                guard let escaped = peek(), escaped == ASCII.quote || escaped == ASCII.backslash else {
                    return .failure(
                        Failure(message: "after `\\` a string may have `\"` or `\\`", offset: position - 1))
                }
                text.append(escaped)
                position += 1
            default: text.append(byte)
            }
        }
        return .failure(Failure(message: "this string is never closed; add `\"`", offset: start))
    }

    private mutating func scanPath() -> Result<Word, Failure> {
        let start = position
        var parts: [PathPart] = []
        while true {
            let partStart = position
            while let byte = peek(), Self.isNameByte(byte) { position += 1 }
            parts.append(
                PathPart(name: String(decoding: bytes[partStart..<position], as: UTF8.self), offset: partStart))
            guard peek() == ASCII.dot else { return .success(Word(kind: .path(parts), offset: start)) }
            position += 1
            guard let next = peek(), Self.isNameStart(next) else {
                return .failure(Failure(message: "a name is missing after the dot", offset: position))
            }
        }
    }

    private static func isNameStart(_ byte: UInt8) -> Bool { ASCII.isLetter(byte) || byte == ASCII.underscore }
    private static func isNameByte(_ byte: UInt8) -> Bool { isNameStart(byte) || ASCII.isDigit(byte) }
}
