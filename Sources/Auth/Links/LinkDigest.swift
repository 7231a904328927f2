import Crypto

/// The stored digest of a link's token: names a link that was opened, or whose code was typed.
struct LinkDigest: Sendable {
    let text: String

    init(_ text: String) { self.text = text }

    /// Nil for something that cannot be a token, which is not looked up.
    init?(token: String) throws {
        guard RandomToken.isPossible(token) else { return nil }
        text = try RandomToken.digest(token)
    }
}
