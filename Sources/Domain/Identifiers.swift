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
}

package struct SessionID: Identifier {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
}
