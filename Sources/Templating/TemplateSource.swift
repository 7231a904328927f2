/// The bytes of one template file, and how to find lines in them.
final class TemplateSource: Sendable {
    /// `pages/dashboard`
    let name: String
    let bytes: [UInt8]
    private let lineStarts: [Int]

    var file: String { name + ".html" }

    init(name: String, bytes: [UInt8]) {
        self.name = name
        // A byte order mark says nothing in UTF-8 and would be printed in front of the doctype.
        self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        var starts = [0]
        for (offset, byte) in self.bytes.enumerated() where byte == ASCII.lineFeed {
            starts.append(offset + 1)
        }
        lineStarts = starts
    }

    /// Line and column from 1; columns are counted in Unicode scalars.
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

    /// The line without its end, and how many of its scalars come before `offset`. Of a long line only the
    /// neighbourhood: a minified file must not fill the terminal.
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

    /// The first byte that is not UTF-8 or is NUL, which HTML gives a different meaning in each place.
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
