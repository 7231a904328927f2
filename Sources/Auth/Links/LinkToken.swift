import Basics
import Crypto
import Domain

/// The token in a link: 32 unguessable letters and digits (190 bits). Only a digest is stored.
enum LinkToken {
    static func make() throws -> String { try SecureRandom.alphanumerics(32) }

    static func digest(_ token: String) throws -> String { try SHA256.hexadecimalHash(token.utf8) }

    /// Malformed tokens are not looked up.
    static func isPossible(_ token: String) -> Bool {
        token.utf8.count == 32 && token.utf8.allSatisfy(\.isASCIIAlphanumeric)
    }

    /// The answer to a link to an account that is used, expired or unknown.
    static let refusal = AppError.notFound("This link is no longer valid. Ask for a new one.")

    /// The answer to a code that is wrong, used or too old, or came after too many wrong ones.
    static let wrongCode = AppError.notFound("This code is wrong or no longer valid. Ask for a new one.")
}
