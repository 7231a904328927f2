/// Style sheets and scripts without what only their readers need: indentation, empty lines, lines that are comments, and
/// in style sheets spaces beside punctuation.
/// It knows lines and no languages, so the files must not depend on such lines; those that might are left alone.
enum SourceLines {
    /// - Parameter name: the file's name, which ends in `.css` or `.js`; others are left alone.
    static func condensed(_ source: [UInt8], name: String) -> [UInt8] {
        let isScript = name.hasSuffix(".js")
        guard isScript || name.hasSuffix(".css") else { return source }
        var result: [UInt8] = []
        result.reserveCapacity(source.count)
        for line in source.split(separator: newline) {
            let line = line.drop { $0 == space }
            if isScript {
                // Within a template literal of several lines, all characters count.
                guard line.count(where: { $0 == backtick }) % 2 == 0 else { return source }
                if line.starts(with: "//".utf8) { continue }
            } else if line.starts(with: "/*".utf8) {
                // A comment of several lines, or with something after it.
                guard isComment(line) else { return source }
                continue
            }
            guard !line.isEmpty else { continue }
            if isScript || line.contains(where: quotes.contains) {
                result += line
            } else {
                appendStyles(line, to: &result)
            }
            result.append(newline)
        }
        return result
    }

    /// For a line that begins with `/*`: true if its first `*/` ends it.
    private static func isComment(_ line: ArraySlice<UInt8>) -> Bool {
        let body = line.dropFirst(2)
        let end = body.indices.dropLast().first { body[$0] == UInt8(ascii: "*") && body[$0 + 1] == UInt8(ascii: "/") }
        return end == line.endIndex - 2
    }

    /// Leaves out the spaces around `{`, `}` and `;`, and one after `:` and `,`.
    private static func appendStyles(_ line: ArraySlice<UInt8>, to result: inout [UInt8]) {
        var rest = line
        while let byte = rest.popFirst() {
            if braces.contains(byte) {
                while result.last == space { result.removeLast() }
                rest = rest.drop { $0 == space }
            } else if byte == UInt8(ascii: ":") || byte == UInt8(ascii: ","), rest.first == space {
                rest.removeFirst()
            }
            result.append(byte)
        }
    }

    private static let newline = UInt8(ascii: "\n")
    private static let space = UInt8(ascii: " ")
    private static let quotes = "\"'".utf8
    private static let braces = "{};".utf8
    private static let backtick = UInt8(ascii: "`")
}
