import Basics

/// An opaque identifier, compared byte by byte. What we make ourselves is a lower-case UUID version 7. Of a UUID from
/// outside the case does not count (RFC 9562, section 4), so it is kept in lower case; any other identifier that another
/// service made (an imported user, say) is kept as it came.
package protocol Identifier: Sendable, Hashable, RawRepresentable, CustomStringConvertible where RawValue == String {
    init(rawValue: String)
}

extension Identifier {
    package var description: String { rawValue }

    /// The longest identifier that is looked up at all; a longer one cannot exist.
    package static var maximumLength: Int { 128 }

    /// An identifier that arrived from outside, or nil where none such can exist.
    package init?(untrusted text: some StringProtocol) {
        guard (1...Self.maximumLength).contains(text.utf8.count) else { return nil }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        self.init(rawValue: String(text).lowercasedUUID ?? String(text))
    }

    /// The same identifier in the spelling that `init(untrusted:)` gives. A user who was imported before that had
    /// a rule may have another.
    package var canonical: Self { Self(rawValue: rawValue.lowercasedUUID ?? rawValue) }

    /// Whether both are the same identifier, also in different spellings.
    package func isSame(as other: Self) -> Bool {
        rawValue.hasSameBytes(as: other.rawValue)
            || canonical.rawValue.hasSameBytes(as: other.canonical.rawValue)
    }
}

extension String {
    /// The text in lower case where it is a UUID in its usual form of 36 characters; nil where it is none.
    var lowercasedUUID: String? {
        guard utf8.count == 36 else { return nil }
        let bytes = utf8.map(\.asciiLowercased)
        for (index, byte) in bytes.enumerated() {
            let isDash = index == 8 || index == 13 || index == 18 || index == 23
            guard isDash ? byte == UInt8(ascii: "-") : byte.isHexadecimal else { return nil }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
