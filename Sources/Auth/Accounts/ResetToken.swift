import Domain

/// The token in a link that sets a new password.
package enum ResetToken {
    /// The lifetime of a link.
    package static let lifetimeSeconds: Int64 = 86_400

    static func make() throws -> String { try LinkToken.make() }
    static func digest(_ token: String) throws -> String { try LinkToken.digest(token) }
    static func isPossible(_ token: String) -> Bool { LinkToken.isPossible(token) }

    static let refusal = AppError.notFound("This link is no longer valid. Ask for a new one.")
}
