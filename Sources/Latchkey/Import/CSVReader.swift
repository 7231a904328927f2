/// Reads CSV (RFC 4180): fields separated by commas, quoted if they contain commas, quotes or line breaks. Lines may
/// end with CRLF or LF, and a byte order mark is skipped.
struct CSVReader {
    struct Record: Equatable {
        /// The line it begins on, counted from 1.
        let line: Int
        /// Nil for a field that is empty and not quoted: how databases export NULL.
        var fields: [String?]
    }

    struct SyntaxError: Error, Equatable {
        let line: Int
        let problem: String
    }

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// All records, each with as many fields as the first.
    /// - Throws: `SyntaxError`.
    static func records(in bytes: [UInt8]) throws(SyntaxError) -> [Record] {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        var reader = CSVReader(bytes.starts(with: mark) ? Array(bytes.dropFirst(3)) : bytes)
        var records: [Record] = []
        while reader.position < reader.bytes.count {
            let record = try reader.record()
            // An empty line, as some editors leave at the end.
            if record.fields == [nil], records.first?.fields.count != 1 { continue }
            if let first = records.first, first.fields.count != record.fields.count {
                throw SyntaxError(
                    line: record.line,
                    problem: "has \(record.fields.count) fields, but the header has \(first.fields.count)")
            }
            records.append(record)
        }
        return records
    }

    private mutating func record() throws(SyntaxError) -> Record {
        var record = Record(line: line, fields: [])
        while true {
            record.fields.append(try field())
            guard let byte = peek() else { return record }
            position += 1
            if byte == UInt8(ascii: ",") { continue }
            if byte == 0x0D, peek() == 0x0A { position += 1 }
            line += 1
            return record
        }
    }

    private mutating func field() throws(SyntaxError) -> String? {
        if peek() == UInt8(ascii: "\"") { return try quotedField() }
        let start = position
        while let byte = peek(), !isEndOfField(byte) {
            guard byte != UInt8(ascii: "\"") else { throw problem("has a quote in the middle of a field") }
            position += 1
        }
        return start == position ? nil : try text(bytes[start..<position], on: line)
    }

    private mutating func quotedField() throws(SyntaxError) -> String {
        let first = line
        var content: [UInt8] = []
        position += 1
        while let byte = peek() {
            position += 1
            if byte == 0x0A { line += 1 }
            guard byte == UInt8(ascii: "\"") else {
                content.append(byte)
                continue
            }
            if peek() == UInt8(ascii: "\"") {
                content.append(byte)
                position += 1
            } else if let next = peek(), !isEndOfField(next) {
                throw problem("has text after a closing quote")
            } else {
                return try text(content[...], on: first)
            }
        }
        throw SyntaxError(line: first, problem: "opens a quote that is never closed")
    }

    private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

    private func isEndOfField(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == 0x0A
            || (byte == 0x0D && bytes.dropFirst(position + 1).first ?? 0x0A == 0x0A)
    }

    private func text(_ bytes: ArraySlice<UInt8>, on line: Int) throws(SyntaxError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SyntaxError(line: line, problem: "is not valid UTF-8")
        }
        return text
    }

    private func problem(_ text: String) -> SyntaxError { SyntaxError(line: line, problem: text) }
}
