import Domain

/// The token in every form that shows that the form came from us: an HMAC over what the sender's browser is known
/// by, so it is worth nothing in another session.
package struct FormTokens: Sendable {
    private let hmacs: HMACs

    package init(_ secrets: Secrets) throws { hmacs = try secrets.hmacs(for: "forms") }

    /// - Parameter holder: a session's id, or the random visitor id of someone who has not signed in.
    package func token(for holder: String) throws -> String {
        Base64URL.encode(try hmacs.code(for: holder.utf8))
    }

    package func isValid(_ token: String, for holder: String) throws -> Bool {
        try Base64URL.decode(token.utf8).map { try hmacs.isCode($0, for: Array(holder.utf8)) } ?? false
    }
}
