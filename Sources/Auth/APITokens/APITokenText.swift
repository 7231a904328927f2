import Basics
import Crypto

/// The text of an API token: `lk_`, 40 random letters and digits (238 bits), and a checksum of six. Scanners for leaked
/// secrets know it by its form, and a mistyped one is refused without a look at the database.
struct APITokenText: Sendable {
    private static let prefix = "lk_"
    private static let randomLength = 40
    private static let checksumLength = 6
    private static let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    let text: String

    static func make() throws -> APITokenText {
        let unchecked = prefix + (try SecureRandom.alphanumerics(randomLength))
        return APITokenText(unchecked: unchecked + String(decoding: checksum(of: unchecked.utf8), as: UTF8.self))
    }

    private init(unchecked text: String) { self.text = text }

    /// Nil for a text that no server has made.
    init?(_ text: String) {
        let length = Self.prefix.utf8.count + Self.randomLength
        guard Self.isMeant(text), text.utf8.count == length + Self.checksumLength,
            text.utf8.dropFirst(Self.prefix.utf8.count).allSatisfy(\.isASCIIAlphanumeric),
            Self.checksum(of: text.utf8.prefix(length)).elementsEqual(text.utf8.suffix(Self.checksumLength))
        else { return nil }
        self.text = text
    }

    /// True for a bearer token that is an API token or an attempt at one. No other token begins like it.
    static func isMeant(_ text: String) -> Bool { text.utf8.starts(with: prefix.utf8) }

    /// The stored form. A slow hash would protect only what can be guessed.
    func digest() throws -> String { try SHA256.hexadecimalHash(text.utf8) }

    /// The CRC-32 of all that precedes it, in base 62 with the digits 0–9, A–Z and a–z.
    private static func checksum(of text: some Sequence<UInt8>) -> [UInt8] {
        var rest = Int(CRC32.checksum(text))
        var output = [UInt8](repeating: digits[0], count: checksumLength)
        for index in output.indices.reversed() {
            output[index] = digits[rest % digits.count]
            rest /= digits.count
        }
        return output
    }
}
