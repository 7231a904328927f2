import Domain
import NIOCore
import NIOHTTP1

/// One HTTP request, complete with its body. It never changes, and passes through every layer of the site: a class, of
/// which each takes one reference instead of six.
package final class Request: Sendable {
    package let method: HTTPMethod
    /// The request target as it came, `/a%20b?c=d`.
    package let uri: String
    /// The target without its query, still percent-encoded.
    package let path: Substring
    package let headers: HTTPHeaders
    package let body: ByteBuffer
    /// The client's address, without a port: of the other end of the socket, or what trusted proxies say; nil where there
    /// is no socket, as in tests.
    package let peerAddress: String?
    /// What the log and the answer's `X-Request-Id` call this request.
    package let id: String

    package init(
        method: HTTPMethod, uri: String, headers: HTTPHeaders = [:], body: ByteBuffer = ByteBuffer(),
        peerAddress: String? = nil, id: String
    ) {
        self.method = method
        self.uri = uri
        path = uri.beforeQuery
        self.headers = headers
        self.body = body
        self.peerAddress = peerAddress
        self.id = id
    }

    /// Segments after which a path holds what opens an account: the link to a new password, ours and Better Auth's.
    private static let secretsFollow = ["reset", "reset-password"]

    /// The path as it may be written down: without what is secret in it.
    package var loggedPath: String {
        let path = self.path
        guard path.withBytes({ $0.mayHoldSecret }) else { return String(path) }
        for segment in path.utf8.split(separator: UInt8(ascii: "/")) {
            // As the router reads it, so that no spelling gets past this and to the page.
            let name = PercentEncoding.decode(segment.map(\.asciiLowercased)) ?? ""
            let parts = name.utf8.split(separator: UInt8(ascii: "/")).map { String($0) ?? "" }
            guard parts.contains(where: Self.secretsFollow.contains) else { continue }
            // One segment that holds both the name and what follows it is no page of ours, but a slip of somebody's.
            if parts.count > 1 { return String(path[..<segment.startIndex]) + "…" }
            return segment.endIndex == path.endIndex ? String(path) : String(path[..<segment.endIndex]) + "/…"
        }
        return String(path)
    }

    /// What follows the first `?`, still encoded; empty where there is none.
    package var queryString: Substring {
        Substring(uri.utf8[path.endIndex...].dropFirst())
    }

    /// The query, decoded like a form.
    /// - Throws: `HTTPError` 400 where it is not well-formed.
    package func query() throws -> FormFields { try FormFields(urlEncoded: queryString.utf8) }

    /// The cookies of all `Cookie` fields; the first of two with one name counts.
    package var cookies: Cookies { Cookies(headers["cookie"]) }

    /// Whether the client has what `etag` names (RFC 9110, section 13.1.2): a weak comparison, as a proxy may have
    /// weakened it, and `*` matches anything that is there.
    package func has(etag: String) -> Bool {
        headers[canonicalForm: "if-none-match"].contains { candidate in
            let bare = candidate.hasPrefix("W/") ? candidate.dropFirst(2) : candidate
            return bare == "*" || bare.utf8.elementsEqual(etag.utf8)
        }
    }

    /// The media type of the body without parameters, in lower case; nil where the request names none.
    package var contentType: String? {
        guard let value = headers.first(name: "content-type") else { return nil }
        let type = value.utf8.prefix { $0 != UInt8(ascii: ";") }
        return String(decoding: type.filter { $0 != 0x20 && $0 != 0x09 }.map(\.asciiLowercased), as: UTF8.self)
    }
}

extension String {
    /// A request target without its query. Cut at the byte: a mark with something combining after it is one Character.
    var beforeQuery: Substring { utf8.firstIndex(of: UInt8(ascii: "?")).map { self[..<$0] } ?? self[...] }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether a word that secrets follow could be in it: an escape, or `rese` in any case. Nearly no path has either,
    /// and all are logged.
    fileprivate var mayHoldSecret: Bool {
        // The last four bytes in lower case, as a number; a byte that is no letter turns into no letter by this.
        var last: UInt32 = 0
        let word: UInt32 = 0x7265_7365
        for byte in self {
            last = last << 8 | UInt32(byte | 0x20)
            if last == word || byte == UInt8(ascii: "%") { return true }
        }
        return false
    }
}
