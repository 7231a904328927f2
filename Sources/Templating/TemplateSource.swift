/// The bytes of one template file, with access by line.
final class TemplateSource: Sendable {
    /// `pages/dashboard`, or `mail/reset.text` for plain text.
    let name: String
    let bytes: [UInt8]
    /// True if lines are indented for those who edit the template: a page's text shows neither indentation nor empty
    /// lines. Literal text in `<pre>` is no exception.
    let isIndented: Bool
    private let lineStarts: [Int]

    var file: String { Self.file(of: name) }
    var isPlainText: Bool { name.utf8.reversed().starts(with: ".text".utf8.reversed()) }

    static func file(of name: String) -> String { name.hasSuffix(".text") ? name : name + ".html" }

    init(name: String, bytes: [UInt8], isIndented: Bool = false) {
        self.name = name
        self.isIndented = isIndented
        // A byte order mark has no meaning in UTF-8 and would be printed before the doctype.
        self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        var starts = [0]
        for (offset, byte) in self.bytes.enumerated() where byte == ASCII.lineFeed {
            starts.append(offset + 1)
        }
        lineStarts = starts
    }

    /// Line and column, counted from 1; columns are counted in Unicode scalars.
    func position(of offset: Int) -> (line: Int, column: Int) {
        let offset = min(max(offset, 0), bytes.count)
        var low = 0
        var high = lineStarts.count
        while low + 1 < high {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        let column = bytes[lineStarts[low]..<offset].count { !Self.isContinuation($0) }
        return (low + 1, column + 1)
    }

    /// The line without its ending, and the number of its scalars before `offset`. For a long line, only the part
    /// around `offset`: a minified file must not fill the terminal.
    func excerpt(around offset: Int, line: Int) -> (text: String, caret: Int) {
        guard lineStarts.indices.contains(line - 1) else { return ("", 0) }
        var start = lineStarts[line - 1]
        var end = line < lineStarts.count ? lineStarts[line] - 1 : bytes.count
        if end > start, bytes[end - 1] == ASCII.carriageReturn { end -= 1 }
        let offset = min(max(offset, start), end)
        if end - start > 240 {
            (start, end) = (max(start, offset - 120), min(end, offset + 120))
            while start < offset, Self.isContinuation(bytes[start]) { start += 1 }
            while end > offset, end < bytes.count, Self.isContinuation(bytes[end]) { end -= 1 }
        }
        let caret = bytes[start..<offset].count { !Self.isContinuation($0) }
        return (String(decoding: bytes[start..<end], as: UTF8.self), caret)
    }

    private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

    /// The first byte that is invalid UTF-8, or NUL, whose meaning in HTML depends on the context.
    var firstBadByte: (offset: Int, message: String)? {
        var offset = 0
        var iterator = bytes.makeIterator()
        var parser = Unicode.UTF8.ForwardParser()
        while true {
            switch parser.parseScalar(from: &iterator) {
            case .valid(let scalar):
                if scalar.first == 0 { return (offset, "a template may not contain NUL") }
                offset += scalar.count
            case .error: return (offset, "this is not UTF-8")
            case .emptyInput: return nil
            }
        }
    }
}
