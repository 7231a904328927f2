/// A word of a line, by its place.
struct QuickAddToken: Sendable {
    /// The word as it goes into the title.
    var text: Substring
    /// The word as it was typed.
    let range: Range<String.Index>
    /// True for a word in quotes or after a backslash, which is never more than text.
    let isLiteral: Bool

    /// The word in lower case; empty for a literal one, so that it matches nothing.
    var word: String { isLiteral ? "" : text.lowercased() }

    /// The words of a line. A text in quotes is one word, with what adjoins it.
    static func tokens(of line: Substring) -> [QuickAddToken] {
        var tokens: [QuickAddToken] = []
        var rest = line
        while let start = rest.firstIndex(where: { !$0.isWhitespace }) {
            rest = rest[start...]
            let isEscaped = rest.first == "\\" && rest.dropFirst().first.map { !$0.isWhitespace } ?? false
            let body = isEscaped ? rest.dropFirst() : rest
            // A quotation may follow the mark of a list.
            let opening = body.first == "+" ? body.dropFirst() : body
            var end = body.firstIndex(where: \.isWhitespace) ?? body.endIndex
            var isQuoted = false
            if opening.first == "\"", let closing = opening.dropFirst().firstIndex(of: "\"") {
                let after = opening[closing...]
                end = after.firstIndex(where: \.isWhitespace) ?? after.endIndex
                isQuoted = body.first == "\""
            }
            tokens.append(
                QuickAddToken(text: body[..<end], range: start..<end, isLiteral: isEscaped || isQuoted))
            rest = rest[end...]
        }
        return tokens
    }
}
