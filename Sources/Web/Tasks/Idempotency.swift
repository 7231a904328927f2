import Basics
import Crypto
import Domain
import HTTPServer
import NIOCore
import NIOHTTP1

/// The request header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07): with it, a request that is sent
/// again takes effect once, and gets the same answer.
enum Idempotency {
    static let header = "idempotency-key"
    /// Of the key without its quotes.
    static let maximumLength = 255

    /// Answers a request that may have been carried out before.
    /// - Parameters:
    ///   - response: the response to a request that was carried out now.
    ///   - write: carries it out; the argument is nil for a request without a key.
    static func answer<Value: Sendable>(
        _ request: Request, _ response: @escaping @Sendable (Value) throws -> Response,
        write: (RepeatableWrite<Value>?) async throws -> WriteOutcome<Value>
    ) async throws -> Response {
        let repeatable = try key(of: request).map { try self.repeatable(request, $0, response) }
        switch try await write(repeatable) {
        case .done(let written): return try response(written.value).offering(written.undo)
        case .repeated(let answer):
            try check(answer, repeats: repeatable)
            var headers: HTTPHeaders = [
                "content-type": "application/json", "cache-control": "no-store", "idempotency-replayed": "true",
            ]
            if let tag = answer.tag { headers.add(name: "etag", value: tag) }
            if let location = answer.location { headers.add(name: "location", value: location) }
            if let undo = answer.undo { headers.add(name: Response.undoHeader, value: undo) }
            return Response(
                status: HTTPResponseStatus(statusCode: answer.status), headers: headers,
                body: ByteBuffer(string: answer.body))
        }
    }

    /// - Throws: `keyWasUsed` if the answer is that to a request with another body.
    static func check<Value>(_ answer: StoredAnswer, repeats write: RepeatableWrite<Value>?) throws {
        guard answer.bodyDigest == write?.bodyDigest else { throw keyWasUsed }
    }

    static let malformed = AppError.malformed(
        "Send one Idempotency-Key of 1 to \(maximumLength) ASCII characters, with or without quotes.")
    static let keyWasUsed = HTTPError(
        .unprocessableEntity, "This Idempotency-Key was used for a request with another body. Use a new one.")

    /// The repeatable write of a form that a page's script may send again; nil for a form without a key.
    /// - Parameter location: the address of what the form makes, which the answer to a repetition has.
    static func repeatable<Value>(
        _ request: Request, _ form: FormFields, location: @escaping @Sendable (Value) -> String
    ) throws -> RepeatableWrite<Value>? {
        try key(of: request).map { key in
            // After signing in again the same form has another token.
            let texts = form.pairs.filter { $0.name != FormProtection.fieldName }.flatMap { [$0.name, $0.value] }
            return try repeatable(request, key, body: JoinedTexts(texts).bytes) { value in
                Response(status: .seeOther, headers: ["location": location(value)])
            }
        }
    }

    private static func repeatable<Value>(
        _ request: Request, _ key: String, body: [UInt8]? = nil,
        _ response: @escaping @Sendable (Value) throws -> Response
    ) throws -> RepeatableWrite<Value> {
        func digest(_ bytes: some Sequence<UInt8>) throws -> String {
            Hexadecimal.encode(try SHA256.hash(Array(bytes)))
        }
        // The path with a slash at its end is the same.
        var path = request.route.canonicalPath
        if path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
        let texts = JoinedTexts([request.method.rawValue, path, key])
        let bodyDigest = try body.map(digest) ?? digest(request.body.readableBytesView)
        return RepeatableWrite(digest: try digest(texts.bytes), bodyDigest: bodyDigest) { written in
            let response = try response(written.value)
            return StoredAnswer(
                bodyDigest: bodyDigest, status: Int(response.status.code),
                location: response.headers.first(name: "location"),
                tag: response.headers.first(name: "etag"), undo: written.undo?.rawValue,
                body: String(buffer: response.body))
        }
    }

    /// Nil for a request without a key.
    /// - Throws: `AppError.malformed`.
    private static func key(of request: Request) throws -> String? {
        let fields = request.headers[header]
        guard let field = fields.first else { return nil }
        guard fields.count == 1 else { throw malformed }
        let text = String(decoding: field.utf8.trimmingBlanks(), as: UTF8.self)
        let key = text.hasPrefix("\"") ? unquoted(text) : text
        guard let key, (1...maximumLength).contains(key.utf8.count), key.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { throw malformed }
        return key
    }

    /// The value of a string of structured fields (RFC 9651, section 3.3.3); nil for any other text.
    private static func unquoted(_ text: String) -> String? {
        guard text.utf8.count >= 2, text.hasSuffix("\"") else { return nil }
        var value = ""
        var isEscaped = false
        for scalar in text.dropFirst().dropLast().unicodeScalars {
            if isEscaped {
                guard scalar == "\"" || scalar == "\\" else { return nil }
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
                continue
            } else if scalar == "\"" {
                return nil
            }
            value.unicodeScalars.append(scalar)
        }
        return isEscaped ? nil : value
    }
}
