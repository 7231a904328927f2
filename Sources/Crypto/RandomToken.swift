import Basics

/// A token that gives access: 32 unguessable letters and digits (190 bits). Only a digest is stored.
package enum RandomToken {
    private static let length = 32

    package static func make() throws -> String { try SecureRandom.alphanumerics(length) }

    /// False for a text that cannot be one, and need not be looked up.
    package static func isPossible(_ text: String) -> Bool {
        text.utf8.count == length && text.utf8.allSatisfy(\.isASCIIAlphanumeric)
    }

    /// The stored form.
    package static func digest(_ token: String) throws -> String { try SHA256.hexadecimalHash(token.utf8) }
}
