import Basics
import NIOHTTP1

/// The rules for a head before its body is read, beyond what the parser checks.
extension HTTPRequestHead {
    /// The reason why the request can't be served at all, or nil.
    func refusal(_ limits: ServerConfiguration, maximumBodySize: Int) -> Refusal? {
        if method.rawValue.utf8.count + uri.utf8.count + 11 > limits.maximumRequestLineSize {
            return .requestLineTooLong
        }
        guard [.http1_0, .http1_1, .http2].contains(version) else { return .versionUnknown }
        // RFC 9112, section 3.2: exactly one Host, or different recipients could take the request for different sites.
        let hosts = headers["host"]
        guard hosts.count == 1 || (hosts.isEmpty && version == .http1_0) else { return .hostMissingOrDoubled }
        if let host = hosts.first, !HostField.isValid(host) { return .hostMalformed }
        // RFC 9110, section 8.4.1: identity is no encoding, although it should not be sent.
        let isPlain = headers[canonicalForm: "content-encoding"].allSatisfy {
            $0.isEmpty || Self.isEqual($0, "identity")
        }
        guard isPlain else { return .encodedBody }
        // RFC 9112, section 6.1: other transfer codings are unknown here, so the end of the body is not certain.
        let encodings = headers["transfer-encoding"]
        guard encodings.isEmpty || (encodings.count == 1 && Self.isEqual(encodings[0], "chunked")) else {
            return .transferEncodingUnknown
        }
        // Nor is it in HTTP/1.0, which has no chunked coding: an intermediary may read the same bytes as another
        // request.
        if version == .http1_0 && !encodings.isEmpty { return .transferEncodingUnknown }
        if (announcedLength ?? 0) > maximumBodySize { return .bodyTooLarge }
        // RFC 9110, section 10.1.1: HTTP/1.0 has no expectations, so they are ignored.
        if version != .http1_0 && headers.contains(name: "expect") {
            let isKnown = headers[canonicalForm: "expect"].allSatisfy {
                $0.isEmpty || Self.isEqual(String($0), "100-continue")
            }
            guard isKnown else { return .expectationUnknown }
        }
        return nil
    }

    /// The `Content-Length`; 0 if no body is announced, nil if it is chunked. The parser has verified that it consists
    /// of digits; a value that does not fit into Int is too large.
    var announcedLength: Int? {
        if headers.contains(name: "transfer-encoding") { return nil }
        return headers.first(name: "content-length").map { Int(digits: $0) ?? .max } ?? 0
    }

    var announcesBody: Bool { announcedLength != 0 }

    /// True if the client may wait for `100 Continue` before it sends the body.
    var expectsContinue: Bool { version != .http1_0 && headers.contains(name: "expect") }

    /// True if another request may follow on the connection. After an offer to upgrade, and after CONNECT, the parser
    /// reads nothing more, whatever the response is.
    var allowsAnother: Bool { isKeepAlive && method != .CONNECT && !headers.contains(name: "upgrade") }

    /// RFC 9112, section 3.2.2: an absolute-form target is reduced to its path, and its host replaces the `Host` field.
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
        // If there is no Host at all, which is allowed in HTTP/1.0 only, the URL's host is used.
        let hosts = headers["host"].count
        if hosts == 1 || (hosts == 0 && version == .http1_0) {
            head.headers.replaceOrAdd(name: "host", value: String(decoding: authority, as: UTF8.self))
        }
        return head
    }

    /// Removes trailing white space from values; the parser has skipped leading white space.
    mutating func trimValues() {
        headers = HTTPHeaders(
            headers.map { name, value in (name, String(Substring(value.utf8.trimmingBlanks()))) })
    }

    private static func isEqual(_ value: some StringProtocol, _ lowercased: String) -> Bool {
        value.utf8.map(\.asciiLowercased).elementsEqual(lowercased.utf8)
    }
}
