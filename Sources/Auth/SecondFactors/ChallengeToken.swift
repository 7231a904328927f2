import Basics
import Crypto

/// The token of a sign-in that waits for the second factor: 32 unguessable letters and digits (190 bits). Only a digest is
/// stored.
struct ChallengeToken: Sendable {
    private static let length = 32

    let text: String

    static func make() throws -> ChallengeToken {
        ChallengeToken(unchecked: try SecureRandom.alphanumerics(length))
    }

    private init(unchecked text: String) { self.text = text }

    /// Nil for a text that cannot be one, which is not looked up.
    init?(_ text: String) {
        guard text.utf8.count == Self.length, text.utf8.allSatisfy(\.isASCIIAlphanumeric) else { return nil }
        self.text = text
    }

    func digest() throws -> String { try SHA256.hexadecimalHash(text.utf8) }
}
