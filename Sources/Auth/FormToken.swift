import Domain

/// The token in every form that shows that the form came from us: an HMAC over what the sender's browser is known
/// by, so it is worth nothing in another session.
package struct FormTokens: Sendable {
    private let hmac: HMACSHA256

    package init(secret: [UInt8]) throws { hmac = try HMACSHA256(key: secret) }

    /// - Parameter holder: a session's id, or the random visitor id of someone who has not signed in.
    package func token(for holder: String) throws -> String {
        Base64URL.encode(try hmac.code(for: "form:\(holder)".utf8))
    }

    package func isValid(_ token: String, for holder: String) throws -> Bool {
        Crypto.isEqual(Array(token.utf8), Array(try self.token(for: holder).utf8))
    }
}
