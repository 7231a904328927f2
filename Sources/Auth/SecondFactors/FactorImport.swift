import Basics
import Crypto
import Domain

/// Encrypts second factors of other systems, as ours are stored.
package struct FactorImport: Sendable {
    private let seal: FactorSeal
    private let ids = UUIDv7Generator()

    package init(_ secrets: Secrets) { seal = FactorSeal(secrets) }

    /// True for a text that can be typed as a recovery code here.
    package static func isRecoveryCode(_ text: String) -> Bool { code(text) != nil }

    /// Codes of the app are right from the next half minute on: others may have been used there.
    package func factor(_ imported: ImportedFactor, of user: UserID, at time: Timestamp) throws -> SecondFactor {
        let digests = try imported.recoveryCodes.compactMap { try Self.code($0)?.digestAsTyped() }
        return SecondFactor(
            userID: user, sealedSecret: try seal.seal(imported.secret, of: user), activatedAt: time,
            lastStep: OneTimePassword.step(at: time.seconds),
            recoveryCodes: try seal.seal(digests, of: user, ids: ids, at: time))
    }

    private static func code(_ text: String) -> RecoveryCodeText? {
        guard case .recovery(let code)? = TypedCode(text, of: .recoveryCode) else { return nil }
        return code
    }
}
