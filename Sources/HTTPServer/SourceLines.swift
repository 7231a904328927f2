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
                result +=
                    String(decoding: line, as: UTF8.self).replacing(#/ *([{};]) *|([:,]) /#) {
                        $0.output.1 ?? $0.output.2 ?? ""
                    }.utf8
            }
            result.append(newline)
        }
        return result
    }

    /// True for a line that begins with a comment if it ends with the same one.
    private static func isComment(_ line: ArraySlice<UInt8>) -> Bool {
        let text = String(decoding: line, as: UTF8.self)
        return text.firstRange(of: "*/")?.upperBound == text.endIndex
    }

    private static let newline = UInt8(ascii: "\n")
    private static let space = UInt8(ascii: " ")
    private static let quotes = "\"'".utf8
    private static let backtick = UInt8(ascii: "`")
}
