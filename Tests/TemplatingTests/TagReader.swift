/// A small HTML reader for tests, written apart from the one under test: the tags of a document, with names and
/// values of their attributes.
struct TagReader {
    struct Tag: Equatable {
        var name: String
        var attributes: [(name: String, value: String)] = []

        static func == (first: Tag, second: Tag) -> Bool { first.shape == second.shape }

        /// The names without the values.
        var shape: [String] { [name] + attributes.map(\.name) }
    }

    private let input: [UInt8]
    private var at = 0
    private var tags: [Tag] = []

    static func tags(of document: [UInt8]) -> [Tag] {
        var reader = TagReader(input: document)
        reader.read()
        return reader.tags
    }

    private init(input: [UInt8]) { self.input = input }

    private func has(_ text: String, at index: Int) -> Bool {
        let expected = Array(text.utf8)
        guard index + expected.count <= input.count else { return false }
        return zip(input[index...], expected).allSatisfy { lower($0) == $1 }
    }

    private func lower(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte + 32 : byte }
    private func isLetter(_ index: Int) -> Bool { index < input.count && (97...122).contains(lower(input[index])) }
    private static func isSpace(_ byte: UInt8) -> Bool { [9, 10, 12, 13, 32].contains(byte) }

    private mutating func skip(past text: String) {
        while at < input.count, !has(text, at: at) { at += 1 }
        at = min(input.count, at + text.utf8.count)
    }

    private mutating func read() {
        while at < input.count {
            guard input[at] == 60 else {
                at += 1
                continue
            }
            if has("<!-->", at: at) || has("<!--->", at: at) {
                skip(past: ">")
            } else if has("<!--", at: at) {
                at += 4
                while at < input.count, !has("-->", at: at), !has("--!>", at: at) { at += 1 }
                skip(past: ">")
            } else if has("<!", at: at) || has("<?", at: at) {
                skip(past: ">")
            } else if has("</", at: at), !isLetter(at + 2) {
                skip(past: ">")
            } else if isLetter(at + 1) || has("</", at: at) {
                readTag()
            } else {
                at += 1
            }
        }
    }

    private mutating func readTag() {
        let isEnd = input[at + 1] == 47
        at += isEnd ? 2 : 1
        var tag = Tag(name: "")
        tag.name = (isEnd ? "/" : "") + take { !Self.isSpace($0) && $0 != 47 && $0 != 62 }.lowercased()
        while at < input.count, input[at] != 62 {
            if Self.isSpace(input[at]) || input[at] == 47 {
                at += 1
                continue
            }
            let name = take { !Self.isSpace($0) && $0 != 47 && $0 != 62 && $0 != 61 }.lowercased()
            skipSpace()
            var value = ""
            if at < input.count, input[at] == 61 {
                at += 1
                skipSpace()
                if at < input.count, input[at] == 34 || input[at] == 39 {
                    let quote = input[at]
                    at += 1
                    value = take { $0 != quote }
                    at += 1
                } else {
                    value = take { !Self.isSpace($0) && $0 != 62 }
                }
            }
            tag.attributes.append((name, value))
        }
        at += 1
        tags.append(tag)
        let raw = ["script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "noscript"]
        if raw.contains(tag.name) {
            while at < input.count, !has("</" + tag.name, at: at) { at += 1 }
        }
    }

    private mutating func skipSpace() {
        while at < input.count, Self.isSpace(input[at]) { at += 1 }
    }

    private mutating func take(while holds: (UInt8) -> Bool) -> String {
        let start = min(at, input.count)
        while at < input.count, holds(input[at]) { at += 1 }
        return String(decoding: input[start..<min(max(at, start), input.count)], as: UTF8.self)
    }
}

/// Values people attack pages with.
enum Hostile {
    static let values = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'><svg onload=alert(1)>",
        "\" onfocus=\"alert(1)",
        "' onmouseover='alert(1)", "\"\u{301} onfocus=alert(1) x=\"\u{301}", "'\u{200D} onfocus=alert(1) '",
        "</title><script>alert(1)</script>", "</textarea><b>", "--><script>alert(1)</script>", "]]><b>", "\r\n<b>\r\n",
        "\" \r\nx=\"", "`onfocus=alert(1)`", "a\u{0}b<c", "{{ value }}{% if x %}", "&lt;b&gt;&#34;", "<", ">", "&",
        "</",
        "=\"", "<!--", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)",
        "java\r\nscript:alert(1)", " javascript:alert(1)", "\u{1}javascript:alert(1)", "javascript&colon;alert(1)",
        "&#106;avascript:alert(1)", "java&#x09;script:alert(1)", "vbscript:x",
        "data:text/html,<script>alert(1)</script>",
        "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/", ":alert(1)",
        "script:alert(1)",
        "", "\u{2028}<b>\u{FEFF}", "１<２", "%22%3E<b>", "x y/z",
    ]
}
