import Glibc

/// A web origin (RFC 6454): scheme, host and port. Parsed strictly: every browser interprets an accepted text in the
/// same way, and an ambiguous one is refused.
package struct WebOrigin: Sendable, Hashable {
    /// In lower case.
    package let scheme: String
    /// A name, an IPv4 address, or an IPv6 address in brackets; in lower case and canonical form for http and https.
    /// Only the origin of an app's own scheme may have none.
    package let host: String
    /// Nil for the default port of the scheme.
    package let port: UInt16?

    /// The form that browsers send in `Origin`.
    package var text: String { "\(scheme)://\(host)" + (port.map { ":\($0)" } ?? "") }

    package var isHTTPS: Bool { scheme == "https" }
    /// True for http and https, false for an app's own scheme.
    package var isWeb: Bool { scheme == "http" || scheme == "https" }
    /// True for the names of the local machine.
    package var isLocal: Bool { ["localhost", "127.0.0.1", "[::1]"].contains(host) }
    /// The port that a browser connects to; 0 for an app's own scheme without one.
    package var effectivePort: Int { port.map(Int.init) ?? (isHTTPS ? 443 : isWeb ? 80 : 0) }

    /// The origin of an http or https URL.
    package init?(url: String) {
        guard let origin = WebURL(url)?.origin, origin.isWeb else { return nil }
        self = origin
    }

    /// Parses the value of an `Origin` field: canonical, with nothing after it. Nil for `null` and for any text that no
    /// browser writes.
    package init?(header: String) {
        guard let url = WebURL(header), url.rest.isEmpty, url.origin.text.hasSameBytes(as: header) else { return nil }
        self = url.origin
    }

    package init?(scheme: String, authority: ArraySlice<UInt8>) {
        let isWeb = scheme == "http" || scheme == "https"
        let end: ArraySlice<UInt8>.Index
        if authority.first == UInt8(ascii: "[") {
            guard let bracket = authority.firstIndex(of: UInt8(ascii: "]")),
                let host = Self.ipv6(authority[authority.startIndex + 1..<bracket])
            else { return nil }
            self.host = host
            end = bracket + 1
        } else {
            end = authority.firstIndex(of: UInt8(ascii: ":")) ?? authority.endIndex
            guard let host = isWeb ? Self.webHost(authority[..<end]) : Self.appHost(authority[..<end]) else {
                return nil
            }
            self.host = host
        }
        self.scheme = scheme
        guard end < authority.endIndex else {
            port = nil
            return
        }
        let digits = authority[(end + 1)...]
        guard !host.isEmpty, authority[end] == UInt8(ascii: ":"), let number = Self.port(digits) else { return nil }
        port = number == (scheme == "http" ? 80 : scheme == "https" ? 443 : 0) ? nil : number
    }

    private static func port(_ digits: ArraySlice<UInt8>) -> UInt16? {
        guard digits.count <= 5, let number = UInt16(digits: digits), number > 0
        else { return nil }
        return number
    }

    /// Labels of letters, digits and `-`. Browsers take a name that ends in a number for an IPv4 address, in whatever
    /// notation, so only the one unambiguous notation is accepted.
    private static func webHost(_ bytes: ArraySlice<UInt8>) -> String? {
        let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard bytes.count <= 253,
            labels.allSatisfy({ label in
                !label.isEmpty && label.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") }
            })
        else { return nil }
        let host = String(decoding: bytes.map(\.asciiLowercased), as: UTF8.self)
        guard let last = labels.last, isNumber(last) else { return host }
        return isIPv4(host) ? host : nil
    }

    private static func isNumber(_ label: ArraySlice<UInt8>) -> Bool {
        if label.allSatisfy(\.isDigit) { return true }
        let rest = label.dropFirst(2)
        return label.starts(with: "0x".utf8) && rest.allSatisfy(\.isHexadecimal)
            || label.starts(with: "0X".utf8) && rest.allSatisfy(\.isHexadecimal)
    }

    /// Tells whether a host is an IPv4 address in canonical form.
    static func isIPv4(_ host: String) -> Bool {
        guard !host.utf8.contains(UInt8(ascii: ":")), let address = IPAddress(host), address.bytes.count == 4 else {
            return false
        }
        return address.description.hasSameBytes(as: host)
    }

    private static func appHost(_ bytes: ArraySlice<UInt8>) -> String? {
        guard bytes.allSatisfy({ $0.isASCIIAlphanumeric || "-._".utf8.contains($0) }) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The address in brackets, as browsers write it: hexadecimal throughout, the longest run of zeros compressed.
    private static func ipv6(_ bytes: ArraySlice<UInt8>) -> String? {
        guard bytes.count <= 45, bytes.allSatisfy({ $0.isHexadecimal || ":.".utf8.contains($0) }) else { return nil }
        var output = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, String(decoding: bytes, as: UTF8.self), &output) == 1 else { return nil }
        let pieces = (0..<8).map { UInt16(output[2 * $0]) << 8 | UInt16(output[2 * $0 + 1]) }
        var longest = 0..<0
        var start = 0
        while start < 8 {
            let end = pieces[start...].firstIndex { $0 != 0 } ?? 8
            if end - start > max(1, longest.count) { longest = start..<end }
            start = max(end, start) + 1
        }
        func joined(_ range: Range<Int>) -> String {
            pieces[range].map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard !longest.isEmpty else { return "[\(joined(0..<8))]" }
        return "[\(joined(0..<longest.lowerBound))::\(joined(longest.upperBound..<8))]"
    }
}
