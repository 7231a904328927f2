/// An absolute URL with an origin, split into its parts. `text` is assembled from the parts, so that a browser goes
/// exactly where this type says.
package struct WebURL: Sendable, Hashable {
    package let origin: WebOrigin
    /// Path, query and fragment, in ASCII: empty, or starting with `/`, `?` or `#`.
    package let rest: String

    package var text: String { origin.text + rest }

    /// - Parameter text: `scheme://host:port`, optionally followed by a path, query and fragment. User information,
    ///   blanks, control characters and backslashes are refused; non-ASCII characters after the host are
    ///   percent-encoded, as browsers do.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: "://".utf8),
            let scheme = Self.scheme(bytes[..<colon])
        else { return nil }
        let start = colon + 3
        let end = bytes[start...].firstIndex { "/?#".utf8.contains($0) } ?? bytes.endIndex
        guard let origin = WebOrigin(scheme: scheme, authority: bytes[start..<end]),
            let rest = Self.encoded(bytes[end...])
        else { return nil }
        self.origin = origin
        self.rest = rest
    }

    private init(origin: WebOrigin, rest: String) {
        self.origin = origin
        self.rest = rest
    }

    /// The URL with an additional query parameter, before its fragment.
    /// - Parameter query: `name=value`, already encoded.
    package func appending(query: String) -> WebURL {
        let end = rest.firstIndex(of: "#") ?? rest.endIndex
        let separator = rest[..<end].utf8.contains(UInt8(ascii: "?")) ? "&" : "?"
        return WebURL(origin: origin, rest: "\(rest[..<end])\(separator)\(query)\(rest[end...])")
    }

    /// Schemes that run code, display content, or lead to a web page indirectly: none of them identifies an app.
    private static let refusedSchemes: Set = [
        "about", "blob", "content", "data", "file", "filesystem", "ftp", "intent", "jar", "javascript", "mailto",
        "resource", "sms", "tel", "vbscript", "view-source", "ws", "wss",
    ]

    /// The name of a scheme (RFC 3986, section 3.1) in lower case; nil if it is invalid or must not be followed.
    package static func scheme(_ bytes: ArraySlice<UInt8>) -> String? {
        guard let first = bytes.first, (0x61...0x7A).contains(first.asciiLowercased),
            bytes.allSatisfy({ $0.isASCIIAlphanumeric || "+-.".utf8.contains($0) })
        else { return nil }
        let scheme = String(decoding: bytes.map(\.asciiLowercased), as: UTF8.self)
        return refusedSchemes.contains(scheme) ? nil : scheme
    }

    private static func encoded(_ bytes: ArraySlice<UInt8>) -> String? {
        let digits = Array("0123456789ABCDEF".utf8)
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"): return nil
            case 0x21...0x7E: output.append(byte)
            case 0x80...: output += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: return nil
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
