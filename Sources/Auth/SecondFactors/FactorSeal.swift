import Basics
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

    /// The time step whose digits were typed, near the given time; nil for wrong ones, and for a step that is not later
    /// than the last one used, so that no digits work twice (RFC 6238, section 5.2).
    func step(of digits: String, by factor: SecondFactor, at time: Timestamp) throws -> Int64? {
        guard let secret = try open(factor.sealedSecret, of: factor.userID) else { return nil }
        let step = try OneTimePassword.step(
            of: digits, secret: secret, around: OneTimePassword.step(at: time.seconds))
        return step.flatMap { $0 > factor.lastStep ? $0 : nil }
    }

    /// - Parameter digest: of the recovery code.
    private func seal(_ digest: [UInt8], _ id: RecoveryCodeID, of user: UserID) throws -> RecoveryCode {
        RecoveryCode(id: id, sealedDigest: try secrets.seal(digest, boundTo: Self.binding(user, id)))
    }

    /// All recovery codes of a user, by their digests, with ids in this order.
    func seal(
        _ digests: [[UInt8]], of user: UserID, ids: UUIDv7Generator, at time: Timestamp
    ) throws -> [RecoveryCode] {
        try digests.map { try seal($0, RecoveryCodeID(rawValue: ids.next(at: time)), of: user) }
    }

    /// The recovery code that was typed, if it is one of the user's. All are compared.
    func match(_ code: RecoveryCodeText, among codes: [RecoveryCode], of user: UserID) throws -> RecoveryCodeID? {
        let digests = [try code.digest(), try code.digestAsTyped()]
        return try codes.filter { stored in
            let opened = try secrets.open(stored.sealedDigest, boundTo: Self.binding(user, stored.id)) ?? []
            return digests.map { ConstantTime.isEqual(opened, $0) }.contains(true)
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
