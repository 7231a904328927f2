import HTTPServer
import NIOCore
import NIOHTTP1

/// Compresses pages, but only for requests that no other site can have caused: the length of a compressed page reveals
/// if attacker-controlled content resembles a secret on it, such as a form's token (the BREACH attack), and that
/// requires many requests by a victim's browser. Old browsers, which do not report a request's origin, get uncompressed
/// pages.
enum PageCompression {
    private static let minimumSize = 1024

    /// Compresses a page, if the request permits it.
    static func apply(to response: inout Response, for request: Request) {
        guard response.body.readableBytes >= minimumSize, !response.headers.contains(name: "content-encoding"),
            response.headers.first(name: "content-type")?.hasPrefix("text/html") ?? false
        else { return }
        var varied = response.headers[canonicalForm: "vary"]
        if !varied.contains("Accept-Encoding") { varied.append("Accept-Encoding") }
        varied.append("Sec-Fetch-Site")
        response.headers.replaceOrAdd(name: "vary", value: varied.joined(separator: ", "))
        let site = request.headers.first(name: "sec-fetch-site")
        guard site == "same-origin" || site == "none", AcceptEncoding(request.headers).prefersGzip,
            let compressed = Gzip.compress(response.body, level: 6)
        else { return }
        response.body = compressed
        response.headers.add(name: "content-encoding", value: "gzip")
        // The tag was made for the uncompressed page; a weak one remains valid.
        if let etag = response.headers.first(name: "etag"), !etag.hasPrefix("W/") {
            response.headers.replaceOrAdd(name: "etag", value: "W/" + etag)
        }
    }
}
