import Basics

/// The cookies of a request (RFC 6265, section 4.2), by name. Surrounding quotes are removed from a value; the rest is
/// left unchanged.
package struct Cookies: Sendable {
    private var pairs: [(name: String, value: String)] = []
    package static let maximumCount = 100

    init(_ fields: some Sequence<String>) {
        for field in fields {
            field.withBytes { bytes in
                // White space around a field value is not part of it (RFC 9110, section 5.5), but the parser keeps it.
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

    /// RFC 6265, section 4.1.1: a value may be enclosed in double quotes, as Java's cookie manager sends it.
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
