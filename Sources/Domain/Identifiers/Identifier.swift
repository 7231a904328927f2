import Basics

/// An opaque identifier, compared byte by byte. Identifiers created here are lower-case UUIDs version 7. UUIDs from
/// outside are case-insensitive (RFC 9562, section 4), so they are kept in lower case; any other identifier that
/// another service created (an imported user, say) is kept unchanged.
package protocol Identifier: Sendable, Hashable, RawRepresentable, CustomStringConvertible where RawValue == String {
    init(rawValue: String)
}

extension Identifier {
    package var description: String { rawValue }

    /// The longest identifier that is looked up; longer ones cannot exist.
    package static var maximumLength: Int { 128 }

    /// An identifier received from outside, or nil if no such identifier can exist.
    package init?(untrusted text: some StringProtocol) {
        guard (1...Self.maximumLength).contains(text.utf8.count) else { return nil }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        self.init(rawValue: String(text).lowercasedUUID ?? String(text))
    }

    /// The same identifier in the spelling that `init(untrusted:)` gives. Users imported before that rule existed may
    /// have another.
    package var canonical: Self { Self(rawValue: rawValue.lowercasedUUID ?? rawValue) }

    /// Compares identifiers irrespective of spelling.
    package func isSame(as other: Self) -> Bool {
        rawValue.hasSameBytes(as: other.rawValue)
            || canonical.rawValue.hasSameBytes(as: other.canonical.rawValue)
    }
}

extension String {
    /// The text in lower case if it is a UUID in its usual form of 36 characters; nil otherwise.
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
