import Basics
import Crypto
import Domain

/// What a link that sets a new password holds: 32 letters and digits that nobody can guess (190 bits). Only a digest
/// is stored.
package enum ResetToken {
    /// How long a link is good.
    package static let lifetimeSeconds: Int64 = 86_400

    static func make() throws -> String { try SecureRandom.alphanumerics(32) }

    static func digest(_ token: String) throws -> String { Hexadecimal.encode(try SHA256.hash(token.utf8)) }

    /// What cannot be one is not looked up.
    static func isPossible(_ token: String) -> Bool {
        token.utf8.count == 32 && token.utf8.allSatisfy(\.isASCIIAlphanumeric)
    }

    static let refusal = AppError.notFound("This link is no longer good. Ask for a new one.")
}
