import Basics
import Crypto

/// The text of a recovery code: ten characters out of 32 (50 bits), which are digits and the letters that look like no
/// digit and no other letter (Crockford's base 32). Codes that users have brought from Better Auth are ten letters and
/// digits, and differ in case.
struct RecoveryCodeText: Equatable, Sendable {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    private static let length = 10

    /// As a code of ours, without the hyphen.
    let text: String
    private let typed: String

    static func make() throws -> RecoveryCodeText {
        // 32 divides 256, so that each character is as likely as any other.
        let bytes = try SecureRandom.bytes(length).map { alphabet[Int($0) & 31] }
        let text = String(decoding: bytes, as: UTF8.self)
        return RecoveryCodeText(text: text, typed: text)
    }

    private init(text: String, typed: String) { (self.text, self.typed) = (text, typed) }

    /// Reads a code without hyphen and blanks. Nil for a text that cannot be one.
    init?(_ text: String) {
        guard text.utf8.count == Self.length, text.utf8.allSatisfy(\.isASCIIAlphanumeric) else { return nil }
        let bytes = text.utf8.map { byte in
            switch byte.asciiLowercased {
            case UInt8(ascii: "o"): UInt8(ascii: "0")
            case UInt8(ascii: "i"), UInt8(ascii: "l"): UInt8(ascii: "1")
            case let other: other
            }
        }
        self.init(text: String(decoding: bytes, as: UTF8.self), typed: text)
    }

    static func == (one: RecoveryCodeText, other: RecoveryCodeText) -> Bool { one.text == other.text }

    /// As people see it: `k7m2p-9x4qd`.
    var shown: String { "\(text.prefix(5))-\(text.suffix(5))" }

    /// The digest of a code of ours, in whichever case it was typed.
    func digest() throws -> [UInt8] { try SHA256.hash(text.utf8) }

    /// The digest of a code of Better Auth.
    func digestAsTyped() throws -> [UInt8] { try SHA256.hash(typed.utf8) }
}
