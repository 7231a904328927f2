import HTTPServer
import NIOHTTP1

/// The security headers of every response. A 304 has only those that do not describe the stored response (RFC 9110,
/// section 15.4.5), which a browser uses with the headers that it came with (RFC 9111, section 4.3.4).
struct SecurityHeaders {
    let all: HTTPHeaders
    private let names: Set<String>
    /// Those of files that are not documents by themselves: styles, scripts, pixels.
    private let partHeaders: HTTPHeaders
    /// Those of a drawing (SVG), which is a document when it is opened by itself, and needs nothing then.
    private let drawingHeaders: HTTPHeaders
    private let unchangedHeaders: HTTPHeaders
    private static let partTypes = ["text/css", "text/javascript", "image/png", "image/x-icon", "font/"]

    init(isHTTPS: Bool) {
        var headers = [
            (
                "content-security-policy",
                "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
                    + "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
                    // The policy of net.js, the only place where text becomes markup.
                    + "require-trusted-types-for 'script'; trusted-types latchkey"
            ),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("permissions-policy", "geolocation=(), camera=(), microphone=()"),
        ]
        // Only over https: browsers must ignore it over plain http (RFC 6797, section 7.2).
        if isHTTPS { headers.append(("strict-transport-security", "max-age=63072000; includeSubDomains")) }
        all = HTTPHeaders(headers)
        names = Set(headers.map(\.0))
        unchangedHeaders = HTTPHeaders(headers.filter { $0.0 == "strict-transport-security" })
        let part = headers.filter {
            ["x-content-type-options", "cross-origin-resource-policy", "strict-transport-security"].contains($0.0)
        }
        partHeaders = HTTPHeaders(part)
        drawingHeaders = HTTPHeaders(
            part + [("content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox")])
    }

    func add(to response: inout Response) {
        guard response.status != .notModified else { return response.headers.add(contentsOf: unchangedHeaders) }
        if let type = response.headers.first(name: "content-type"),
            !response.headers.contains(name: "content-security-policy"), let reduced = reducedHeaders(for: type)
        {
            return response.headers.add(contentsOf: reduced)
        }
        // A page may set stricter headers; few do, and adding all at once is faster than one by one.
        guard response.headers.contains(where: { names.contains($0.name) }) else {
            return response.headers.add(contentsOf: all)
        }
        for (name, value) in all where !response.headers.contains(name: name) {
            response.headers.add(name: name, value: value)
        }
    }

    /// Nil for a type that gets all headers.
    private func reducedHeaders(for type: String) -> HTTPHeaders? {
        if type == "image/svg+xml" { return drawingHeaders }
        return Self.partTypes.contains(where: type.hasPrefix) ? partHeaders : nil
    }
}
