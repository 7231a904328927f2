import Domain

/// The cookies of a request (RFC 6265, section 4.2), by name. Quotes around a value are no part of it, and the rest
/// stays as it came.
package struct Cookies: Sendable {
    private var pairs: [(name: String, value: String)] = []
    package static let maximumCount = 100

    init(_ fields: some Sequence<String>) {
        for field in fields {
            field.withBytes { bytes in
                // White space around a field's value is no part of it (RFC 9110, section 5.5), and the parser leaves it.
                let count = bytes.lastIndex { !$0.isBlank }.map { $0 + 1 } ?? 0
                for pair in bytes.prefix(count).split(separator: UInt8(ascii: ";")) {
                    guard pairs.count < Self.maximumCount else { return }
                    let trimmed = pair.drop(while: \.isBlank)
                    guard let equals = trimmed.firstIndex(of: UInt8(ascii: "=")) else { continue }
                    pairs.append(
                        (
                            String(decoding: trimmed[..<equals], as: UTF8.self),
                            String(decoding: Self.unquoted(trimmed[(equals + 1)...]), as: UTF8.self)
                        ))
                }
            }
        }
    }

    /// RFC 6265, section 4.1.1: a value may stand in double quotes, as Java's cookie manager sends it.
    private static func unquoted(_ value: Slice<UnsafeBufferPointer<UInt8>>) -> Slice<UnsafeBufferPointer<UInt8>> {
        let quote = UInt8(ascii: "\"")
        guard value.count >= 2, value.first == quote, value.last == quote else { return value }
        return value.dropFirst().dropLast()
    }

    /// All values of that name. Servers should not rely on their order (RFC 6265, section 4.2.2): a cookie of a parent
    /// domain or of another path can have the same name.
    package func values(of name: String) -> [String] {
        pairs.filter { $0.name.hasSameBytes(as: name) }.map(\.value)
    }
}

/// A cookie to be set (RFC 6265, section 4.1). Name and value must be cookie octets already.
package struct SetCookie: Sendable, Equatable {
    package var name: String
    package var value: String
    /// Seconds; nil for as long as the browser runs.
    package var maxAge: Int64?
    package var isSecure: Bool
    /// Whether pages of other sites may send it. Browsers take that from a secure cookie only, and keep it apart for each
    /// site that embeds or calls this one (`Partitioned`).
    package var crossesSites = false
    /// The domain whose hosts all get it; nil for this host alone.
    package var domain: String?

    package init(name: String, value: String, maxAge: Int64?, isSecure: Bool) {
        self.name = name
        self.value = value
        self.maxAge = maxAge
        self.isSecure = isSecure
    }

    /// The attributes in the order in which Better Auth writes them. Always HttpOnly, and always for the whole site.
    package var serialized: String {
        let age = maxAge.map { "; Max-Age=\($0)" } ?? ""
        let hosts = domain.map { "; Domain=\($0)" } ?? ""
        let secure = isSecure || crossesSites ? "; Secure" : ""
        let sites = crossesSites ? "; SameSite=None; Partitioned" : "; SameSite=Lax"
        return "\(name)=\(value)\(age)\(hosts); Path=/; HttpOnly\(secure)\(sites)"
    }
}
