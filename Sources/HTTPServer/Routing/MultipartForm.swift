import NIOCore

/// A `multipart/form-data` body (RFC 7578): text fields, and the files that a browser's form uploads. Strict: lines end
/// with CRLF, and nothing stands before the first boundary.
package struct MultipartForm: Sendable {
    /// The text fields, in order.
    package private(set) var fields = FormFields()
    /// The contents of the uploaded files, by the names of their fields. A field in which no file was chosen is empty.
    package private(set) var files: [String: [UInt8]] = [:]

    private static let maximumParts = 100
    private static let maximumHeadSize = 4096
    private static let malformed = HTTPError(.badRequest, "The form is not valid multipart/form-data.")

    /// - Parameter contentType: the whole field, with the boundary.
    /// - Throws: `HTTPError` 400 if it is malformed.
    package init(_ bytes: [UInt8], contentType: String) throws {
        guard let boundary = Self.boundary(in: contentType) else { throw Self.malformed }
        let delimiter = Array("\r\n--\(boundary)".utf8)
        // The first boundary may lack the line end that belongs to the others.
        guard bytes.starts(with: delimiter.dropFirst(2)) else { throw Self.malformed }
        var position = delimiter.count - 2
        while !bytes[position...].starts(with: "--".utf8) {
            guard fields.pairs.count + files.count < Self.maximumParts, bytes[position...].starts(with: "\r\n".utf8),
                let end = Self.firstIndex(of: delimiter, in: bytes[(position + 2)...])
            else { throw Self.malformed }
            try add(bytes[(position + 2)..<end])
            position = end + delimiter.count
        }
    }

    private mutating func add(_ part: ArraySlice<UInt8>) throws {
        let blank = Array("\r\n\r\n".utf8)
        guard let headEnd = Self.firstIndex(of: blank, in: part.prefix(Self.maximumHeadSize)),
            let disposition = Self.disposition(in: part[..<headEnd])
        else { throw Self.malformed }
        let content = part[(headEnd + blank.count)...]
        if disposition.isFile {
            files[disposition.name] = Array(content)
        } else {
            guard let text = String(validating: content, as: UTF8.self), !content.contains(0) else {
                throw Self.malformed
            }
            fields.append(disposition.name, text)
        }
    }

    // MARK: Reading

    private static func firstIndex(of pattern: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = pattern.first else { return nil }
        var start = bytes.startIndex
        while let found = bytes[start...].firstIndex(of: first) {
            if bytes[found...].starts(with: pattern) { return found }
            start = found + 1
        }
        return nil
    }

    /// The boundary, 1–70 characters (RFC 2046, section 5.1.1).
    private static func boundary(in contentType: String) -> String? {
        for parameter in contentType.utf8.split(separator: UInt8(ascii: ";")).dropFirst() {
            let halves = parameter.split(separator: UInt8(ascii: "="), maxSplits: 1)
            guard halves.count == 2,
                String(decoding: halves[0].trimmingBlanks().map(\.asciiLowercased), as: UTF8.self) == "boundary"
            else { continue }
            let value = Array(halves[1].trimmingBlanks())
            let quote = UInt8(ascii: "\"")
            let isQuoted = value.count >= 2 && value.first == quote && value.last == quote
            let text = isQuoted ? value[1..<(value.count - 1)] : value[...]
            guard (1...70).contains(text.count),
                text.allSatisfy({ $0.isASCIIAlphanumeric || "'()+_,-./:=? ".utf8.contains($0) })
            else { return nil }
            return String(decoding: text, as: UTF8.self)
        }
        return nil
    }

    /// The field's name, and whether it is a file.
    private static func disposition(in head: ArraySlice<UInt8>) -> (name: String, isFile: Bool)? {
        for line in head.split(whereSeparator: { $0 == 0x0D || $0 == 0x0A }) {
            let halves = line.split(separator: UInt8(ascii: ":"), maxSplits: 1)
            guard halves.count == 2,
                String(decoding: halves[0].map(\.asciiLowercased), as: UTF8.self) == "content-disposition"
            else { continue }
            guard let name = parameter("name", in: halves[1]) else { return nil }
            return (name, parameter("filename", in: halves[1]) != nil)
        }
        return nil
    }

    /// A quoted parameter, as all browsers write it: a quote within is `%22` (HTML standard, multipart form data).
    private static func parameter(_ name: String, in value: ArraySlice<UInt8>) -> String? {
        guard let start = firstIndex(of: Array("; \(name)=\"".utf8), in: value) else { return nil }
        let text = value[(start + name.utf8.count + 4)...]
        guard let end = text.firstIndex(of: UInt8(ascii: "\"")) else { return nil }
        return String(validating: text[..<end], as: UTF8.self)
    }
}

extension Request {
    /// The body as a form with files.
    /// - Throws: `HTTPError` 415 for another media type, 400 for a malformed body.
    package func multipartForm() throws -> MultipartForm {
        guard contentType == "multipart/form-data", let field = headers.first(name: "content-type") else {
            throw HTTPError(.unsupportedMediaType, "Send the form as multipart/form-data.")
        }
        return try MultipartForm(Array(body.readableBytesView), contentType: field)
    }
}
