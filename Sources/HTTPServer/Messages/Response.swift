import NIOCore
import NIOHTTP1

/// One HTTP response. `Content-Length`, `Date`, `X-Request-Id` and `Connection` are added by the server.
package struct Response: Sendable {
    package var status: HTTPResponseStatus
    package var headers: HTTPHeaders
    package var body: ByteBuffer
    /// Takes the place of `body`, for what is made while it is sent. The response has no `Content-Length` then.
    package var stream: BodyStream?
    /// For metrics, which tell responses apart by their route.
    package var origin = Origin.route

    /// The source of a response: the route of the request, if it has one, or a layer before the routes.
    package enum Origin: Sendable { case route, publicFile, metrics }

    package init(status: HTTPResponseStatus, headers: HTTPHeaders = [:], body: ByteBuffer = ByteBuffer()) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package init(status: HTTPResponseStatus, headers: HTTPHeaders = [:], stream: BodyStream) {
        self.init(status: status, headers: headers)
        self.stream = stream
    }

    package init(
        status: HTTPResponseStatus, contentType: String, bytes: [UInt8], headers: HTTPHeaders = [:]
    ) {
        self.init(status: status, headers: headers, body: ByteBuffer(bytes: bytes))
        self.headers.replaceOrAdd(name: "content-type", value: contentType)
    }

    /// 303: redirects to that path with GET; caches must not store the redirect. The path must be local.
    package static func seeOther(_ path: String) -> Response {
        Response(status: .seeOther, headers: ["location": path, "cache-control": "no-store"])
    }

    package mutating func setCookie(_ cookie: SetCookie) {
        headers.add(name: "set-cookie", value: cookie.serialized)
    }
}
