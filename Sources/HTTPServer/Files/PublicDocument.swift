import NIOCore
import NIOHTTP1

/// A document without secrets that is the same for all clients: kept in memory as it is, and compressed once if that
/// makes it smaller. Each encoding is a representation with an entity tag of its own (RFC 9110, section 8.8.3.3).
package struct PublicDocument: Sendable {
    private let plain: ByteBuffer
    private let gzip: ByteBuffer?
    private let tag: String
    private let contentType: String

    /// Below this size, compression saves less than the size of a packet's headers.
    private static let minimumSize = 512

    /// - Parameter tag: distinguishes versions of the document; without quotes.
    package init(_ body: ByteBuffer, tag: String, contentType: String) {
        plain = body
        self.tag = tag
        self.contentType = contentType
        gzip = body.readableBytes < Self.minimumSize ? nil : Gzip.compress(body, level: 9)
    }

    /// - Parameter isLasting: the address never has other content, so no client needs to ask about it again.
    package func response(to request: Request, isLasting: Bool = false) -> Response {
        let compressed = gzip.flatMap { AcceptEncoding(request.headers).prefersGzip ? $0 : nil }
        let etag = compressed == nil ? "\"\(tag)\"" : "\"\(tag)-gzip\""
        var headers: HTTPHeaders =
            isLasting
            ? ["cache-control": "public, max-age=31536000, immutable"] : ["etag": etag, "cache-control": "no-cache"]
        if gzip != nil { headers.add(name: "vary", value: "Accept-Encoding") }
        guard !request.has(etag: etag) else { return Response(status: .notModified, headers: headers) }
        headers.add(name: "content-type", value: contentType)
        if compressed != nil { headers.add(name: "content-encoding", value: "gzip") }
        return Response(status: .ok, headers: headers, body: compressed ?? plain)
    }
}
