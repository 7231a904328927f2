/// An opaque identifier, compared byte by byte. What we make ourselves is a lower-case UUID version 7;
/// what another service made (an imported user, say) is kept as it came.
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
        self.init(rawValue: String(text))
    }
}

package struct UserID: Identifier {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
}

package struct TaskID: Identifier {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    /// Every task's id is made here, so one from outside is a lower-case UUID or cannot exist.
    package init?(untrusted text: some StringProtocol) {
        let bytes = Array(text.utf8.prefix(37))
        guard bytes.count == 36 else { return nil }
        for (index, byte) in bytes.enumerated() {
            let isDash = [8, 13, 18, 23].contains(index)
            guard isDash ? byte == UInt8(ascii: "-") : "0123456789abcdef".utf8.contains(byte) else { return nil }
        }
        rawValue = String(text)
    }
}

package struct SessionID: Identifier {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
}
