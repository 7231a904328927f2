import Crypto
import Domain

/// Secrets of authenticator apps and digests of recovery codes as stored: encrypted under the server's secret, and bound
/// to their user, so that neither a copy of the database nor a swapped row is of use.
struct FactorSeal: Sendable {
    private let secrets: Secrets

    init(_ secrets: Secrets) { self.secrets = secrets }

    func seal(_ secret: [UInt8], of user: UserID) throws -> String {
        try secrets.seal(secret, boundTo: Self.binding(user, nil))
    }

    /// Nil if none of the configured secrets opens it, or it is another user's.
    func open(_ sealed: String, of user: UserID) throws -> [UInt8]? {
        try secrets.open(sealed, boundTo: Self.binding(user, nil))
    }

    func seal(_ code: RecoveryCodeText, _ id: RecoveryCodeID, of user: UserID) throws -> RecoveryCode {
        RecoveryCode(
            id: id, sealedDigest: try secrets.seal(try SHA256.hash(code.text.utf8), boundTo: Self.binding(user, id)))
    }

    /// The recovery code that was typed, if it is one of the user's. All are compared.
    func match(_ code: RecoveryCodeText, among codes: [RecoveryCode], of user: UserID) throws -> RecoveryCodeID? {
        let digest = try SHA256.hash(code.text.utf8)
        return try codes.filter { stored in
            let opened = try secrets.open(stored.sealedDigest, boundTo: Self.binding(user, stored.id))
            return ConstantTime.isEqual(opened ?? [], digest)
        }.first?.id
    }

    /// The same under the current secret; nil if it is already, or cannot be opened.
    func reseal(_ factor: SealedFactor) throws -> String? {
        try secrets.reseal(factor.text, boundTo: Self.binding(factor.userID, factor.codeID))
    }

    private static func binding(_ user: UserID, _ code: RecoveryCodeID?) -> [UInt8] {
        Array("second factor\0\(user.rawValue)\0\(code?.rawValue ?? "")".utf8)
    }
}
