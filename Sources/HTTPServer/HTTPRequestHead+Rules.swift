import Basics
import NIOHTTP1

/// The rules for a head before its body is read, beyond what the parser checks.
extension HTTPRequestHead {
    /// Why the request can't be served at all, or nil.
    func refusal(_ limits: ServerConfiguration, maximumBodySize: Int) -> Refusal? {
        if method.rawValue.utf8.count + uri.utf8.count + 11 > limits.maximumRequestLineSize {
            return .requestLineTooLong
        }
        guard [.http1_0, .http1_1, .http2].contains(version) else { return .versionUnknown }
        // RFC 9112, section 3.2: exactly one Host, or the request could mean different sites to different readers.
        let hosts = headers["host"]
        guard hosts.count == 1 || (hosts.isEmpty && version == .http1_0) else { return .hostMissingOrDoubled }
        if let host = hosts.first, !HostField.isValid(host) { return .hostMalformed }
        // RFC 9110, section 8.4.1: identity is no encoding, though it should not be written.
        let isPlain = headers[canonicalForm: "content-encoding"].allSatisfy {
            $0.isEmpty || Self.isEqual($0, "identity")
        }
        guard isPlain else { return .encodedBody }
        // RFC 9112, section 6.1: what else was done to the body is not known here, so where it ends is not certain.
        let encodings = headers["transfer-encoding"]
        guard encodings.isEmpty || (encodings.count == 1 && Self.isEqual(encodings[0], "chunked")) else {
            return .transferEncodingUnknown
        }
        // Nor is it in HTTP/1.0, which knows no chunks: who reads the same bytes before us may see another request.
        if version == .http1_0 && !encodings.isEmpty { return .transferEncodingUnknown }
        if (announcedLength ?? 0) > maximumBodySize { return .bodyTooLarge }
        // RFC 9110, section 10.1.1: HTTP/1.0 has no expectations, so there is none to be met.
        if version != .http1_0 && headers.contains(name: "expect") {
            let isKnown = headers[canonicalForm: "expect"].allSatisfy {
                $0.isEmpty || Self.isEqual(String($0), "100-continue")
            }
            guard isKnown else { return .expectationUnknown }
        }
        return nil
    }

    /// The `Content-Length`; 0 where nothing announces a body, nil where it comes in chunks. The parser has seen that
    /// it is digits; what is no Int is too many of them.
    var announcedLength: Int? {
        if headers.contains(name: "transfer-encoding") { return nil }
        return headers.first(name: "content-length").map { Int(digits: $0) ?? .max } ?? 0
    }

    var announcesBody: Bool { announcedLength != 0 }

    /// Whether the client may wait for a word before it sends the body.
    var expectsContinue: Bool { version != .http1_0 && headers.contains(name: "expect") }

    /// Whether another request may follow on the connection. After an offer to upgrade, and after CONNECT, the parser
    /// reads nothing more, whatever we answer.
    var allowsAnother: Bool { isKeepAlive && method != .CONNECT && !headers.contains(name: "upgrade") }

    /// RFC 9112, section 3.2.2: a whole URL is taken for its path, and its host counts instead of the field's.
    var inOriginForm: HTTPRequestHead {
        guard uri.utf8.first != UInt8(ascii: "/"), version != .http2,
            let scheme = ["http://", "https://"].first(where: {
                uri.utf8.prefix($0.utf8.count).map(\.asciiLowercased).elementsEqual($0.utf8)
            })
        else { return self }
        let rest = uri.utf8.dropFirst(scheme.utf8.count)
        let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        var head = self
        head.uri = String(decoding: rest.dropFirst(authority.count), as: UTF8.self)
        if head.uri.utf8.first != UInt8(ascii: "/") { head.uri = "/" + head.uri }
        // Without a Host at all, which only HTTP/1.0 may leave out, the URL's is the request's.
        let hosts = headers["host"].count
        if hosts == 1 || (hosts == 0 && version == .http1_0) {
            head.headers.replaceOrAdd(name: "host", value: String(decoding: authority, as: UTF8.self))
        }
        return head
    }

    /// Takes the white space off that follows values; what comes before one, the parser has skipped.
    mutating func trimValues() {
        headers = HTTPHeaders(
            headers.map { name, value in (name, String(Substring(value.utf8.trimmingBlanks()))) })
    }

    private static func isEqual(_ value: some StringProtocol, _ lowercased: String) -> Bool {
        value.utf8.map(\.asciiLowercased).elementsEqual(lowercased.utf8)
    }
}
