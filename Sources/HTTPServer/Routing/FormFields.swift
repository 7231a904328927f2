import Basics

/// The fields of an `application/x-www-form-urlencoded` body or of a query, in order.
package struct FormFields: Sendable, Equatable {
    package private(set) var pairs: [(name: String, value: String)] = []
    package static let maximumCount = 1000

    package init() {}

    /// - Throws: `HTTPError` 400 for broken escapes, NUL, invalid UTF-8, or more than 1,000 fields.
    package init(urlEncoded bytes: some Collection<UInt8>) throws {
        guard !bytes.isEmpty else { return }
        for field in bytes.split(separator: UInt8(ascii: "&"), maxSplits: Self.maximumCount) {
            guard pairs.count < Self.maximumCount else {
                throw HTTPError(.badRequest, "There are more than \(Self.maximumCount) fields.")
            }
            let halves = field.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(halves[0], plusIsSpace: true),
                let value = halves.count == 2 ? PercentEncoding.decode(halves[1], plusIsSpace: true) : ""
            else { throw HTTPError(.badRequest, "A field is not percent-encoded UTF-8.") }
            pairs.append((name, value))
        }
    }

    package var urlEncoded: String { PercentEncoding.encodeForm(pairs.map { ($0.name, $0.value) }) }

    package mutating func append(_ name: String, _ value: String) { pairs.append((name, value)) }

    /// The first field with that name.
    package subscript(name: String) -> String? {
        pairs.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// The first field with that name as a Boolean, in the spellings that FastAPI accepts (pydantic, "Booleans"), in
    /// any case; nil if it has another value or is missing.
    package func bool(_ name: String) -> Bool? {
        guard let text = self[name] else { return nil }
        return switch String(decoding: text.utf8.map(\.asciiLowercased), as: UTF8.self) {
        case "true", "1", "on", "yes", "t", "y": true
        case "false", "0", "off", "no", "f", "n": false
        default: nil
        }
    }

    package static func == (left: FormFields, right: FormFields) -> Bool {
        left.pairs.count == right.pairs.count
            && zip(left.pairs, right.pairs).allSatisfy { $0.name == $1.name && $0.value == $1.value }
    }
}

extension Request {
    /// The body as a form.
    /// - Throws: `HTTPError` 415 for another media type, 400 for a malformed body.
    package func form() throws -> FormFields {
        if route.attributes.takesFiles, contentType == "multipart/form-data" { return try multipartForm().fields }
        guard contentType == "application/x-www-form-urlencoded" else {
            throw HTTPError(.unsupportedMediaType, "Send the form as application/x-www-form-urlencoded.")
        }
        return try FormFields(urlEncoded: body.readableBytesView)
    }
}
