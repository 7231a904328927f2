import Basics
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

    /// Whether it only reads: GET, or HEAD, which is GET without the body.
    package var isRead: Bool { method == .GET || method == .HEAD }

    /// The path as it may be written to a log.
    package var loggedPath: String { route.loggedPath(path) }

    /// What follows the first `?`, still encoded; empty where there is none.
    package var queryString: Substring {
        Substring(uri.utf8[path.endIndex...].dropFirst())
    }

    /// The query, decoded like a form.
    /// - Throws: `HTTPError` 400 where it is not well-formed.
    package func query() throws -> FormFields { try FormFields(urlEncoded: queryString.utf8) }

    /// The cookies of all `Cookie` fields.
    package var cookies: Cookies { Cookies(headers["cookie"]) }

    /// Whether the client has what `etag` names (RFC 9110, section 13.1.2): a weak comparison, as a proxy may have
    /// weakened it, and `*` alone matches anything that is there.
    package func has(etag: String) -> Bool {
        let field = headers["if-none-match"].joined(separator: ",")
        return !field.isEmpty && EntityTags(field).contain(etag)
    }

    /// The media type of the body without parameters, in lower case; nil where the request names none.
    package var contentType: String? {
        guard let value = headers.first(name: "content-type") else { return nil }
        let type = value.utf8.prefix { $0 != UInt8(ascii: ";") }.trimmingBlanks()
        return String(decoding: type.map(\.asciiLowercased), as: UTF8.self)
    }

    /// The body without a byte order mark, which JSON texts should not have and readers may ignore (RFC 8259,
    /// section 8.1).
    package var json: ByteBufferView {
        let bytes = body.readableBytesView
        return bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes
    }
}

extension String {
    /// A request target without its query. Cut at the byte: a mark with something combining after it is one Character.
    var beforeQuery: Substring { utf8.firstIndex(of: UInt8(ascii: "?")).map { self[..<$0] } ?? self[...] }
}
