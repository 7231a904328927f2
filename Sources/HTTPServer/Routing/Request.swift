import Basics
import NIOCore
import NIOHTTP1

/// One HTTP request, complete with its body. Immutable, and passed through every layer of the site: a class, so that
/// each layer retains one reference instead of six.
package final class Request: Sendable {
    package let method: HTTPMethod
    /// The request target as received, `/a%20b?c=d`.
    package let uri: String
    /// The target without its query, still percent-encoded.
    package let path: Substring
    package let headers: HTTPHeaders
    package let body: ByteBuffer
    /// The client's address, without a port: that of the peer, or the one that trusted proxies report; nil without a
    /// socket, as in tests.
    package let peerAddress: String?
    /// The id of this request in the log and in the response's `X-Request-Id`.
    package let id: String
    /// The route and its attributes.
    package let route: RouteMatch

    package init(
        method: HTTPMethod, uri: String, headers: HTTPHeaders = [:], body: ByteBuffer = ByteBuffer(),
        peerAddress: String? = nil, id: String, route: RouteMatch = RouteMatch()
    ) {
        self.method = method
        self.uri = uri
        path = uri.beforeQuery
        self.headers = headers
        self.body = body
        self.peerAddress = peerAddress
        self.id = id
        self.route = route
    }

    /// The same request with its route.
    func matched(_ route: RouteMatch) -> Request {
        Request(
            method: method, uri: uri, headers: headers, body: body, peerAddress: peerAddress, id: id, route: route)
    }

    /// True if the request only reads: GET, or HEAD, which is GET without the body.
    package var isRead: Bool { method == .GET || method == .HEAD }

    /// The path in the form in which it may be logged.
    package var loggedPath: String { route.loggedPath(path) }

    /// The part after the first `?`, still encoded; empty if there is none.
    package var queryString: Substring {
        Substring(uri.utf8[path.endIndex...].dropFirst())
    }

    /// The query, decoded like a form.
    /// - Throws: `HTTPError` 400 if it is malformed.
    package func query() throws -> FormFields { try FormFields(urlEncoded: queryString.utf8) }

    /// The cookies of all `Cookie` fields.
    package var cookies: Cookies { Cookies(headers["cookie"]) }

    /// Tells whether the client has the representation of `etag` (RFC 9110, section 13.1.2): a weak comparison, as a
    /// proxy may have weakened the tag; `*` alone matches any existing representation.
    /// - Parameters:
    ///   - etag: with its quotes, weak or strong.
    ///   - exists: false if it is not known yet whether there is a representation.
    package func has(etag: String, exists: Bool = true) -> Bool {
        let fields = headers["if-none-match"]
        guard let field = fields.count > 1 ? fields.joined(separator: ",") : fields.first else { return false }
        // Most clients send the one tag that they were given.
        if field.hasSameBytes(as: etag) { return true }
        let opaque = etag.hasPrefix("W/") ? String(etag.dropFirst(2)) : etag
        return EntityTags(field).contain(opaque, exists: exists)
    }

    /// The condition of `If-Match` and `If-None-Match` (RFC 9110, sections 13.1.1 and 13.1.2) on a change of an existing
    /// representation, by its tag. Nil without these headers.
    package var precondition: (@Sendable (_ etag: String) -> Bool)? {
        let fields = headers["if-match"]
        guard !fields.isEmpty || headers.contains(name: "if-none-match") else { return nil }
        let tags = fields.isEmpty ? nil : EntityTags(fields.joined(separator: ","))
        return { etag in tags?.containStrong(etag) ?? true && !self.has(etag: etag) }
    }

    /// The media type of the body without parameters, in lower case; nil if the request has none.
    package var contentType: String? {
        guard let value = headers.first(name: "content-type") else { return nil }
        let type = value.utf8.prefix { $0 != UInt8(ascii: ";") }.trimmingBlanks()
        return String(decoding: type.map(\.asciiLowercased), as: UTF8.self)
    }

    /// The body without a byte order mark, which JSON texts should not have and parsers may ignore (RFC 8259, section
    /// 8.1).
    package var json: ByteBufferView {
        let bytes = body.readableBytesView
        return bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes
    }
}

extension String {
    /// The request target without its query. Split by bytes: a `?` followed by a combining scalar is one Character.
    var beforeQuery: Substring { utf8.firstIndex(of: UInt8(ascii: "?")).map { self[..<$0] } ?? self[...] }
}
