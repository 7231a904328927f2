import Basics
import Crypto

/// The text of a recovery code: ten characters out of 32 (50 bits), which are digits and the letters that look like no
/// digit and no other letter (Crockford's base 32).
struct RecoveryCodeText: Equatable, Sendable {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    private static let length = 10

    /// Without the hyphen.
    let text: String

    static func make() throws -> RecoveryCodeText {
        // 32 divides 256, so that each character is as likely as any other.
        let bytes = try SecureRandom.bytes(length).map { alphabet[Int($0) & 31] }
        return RecoveryCodeText(unchecked: String(decoding: bytes, as: UTF8.self))
    }

    private init(unchecked text: String) { self.text = text }

    /// Reads a code without hyphen and blanks, in whichever case. Nil for a text that cannot be one.
    init?(_ text: String) {
        let bytes = text.utf8.map { byte in
            switch byte.asciiLowercased {
            case UInt8(ascii: "o"): UInt8(ascii: "0")
            case UInt8(ascii: "i"), UInt8(ascii: "l"): UInt8(ascii: "1")
            case let other: other
            }
        }
        guard bytes.count == Self.length, bytes.allSatisfy(Self.alphabet.contains) else { return nil }
        self.text = String(decoding: bytes, as: UTF8.self)
    }

    /// As people see it: `k7m2p-9x4qd`.
    var shown: String { "\(text.prefix(5))-\(text.suffix(5))" }
}
