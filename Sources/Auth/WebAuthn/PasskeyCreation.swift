import Crypto
import Domain

/// The options of a ceremony that makes a passkey.
package struct PasskeyCreation: Sendable {
    package let challenge: [UInt8]
    package let relyingParty: RelyingParty
    package let user: User
    /// The user as authenticators know them.
    package let userHandle: [UInt8]
    /// The user's other passkeys: an authenticator that has one makes no second.
    package let existing: [Passkey]

    package static let algorithms = COSEKey.Algorithm.allCases.map(\.rawValue)
}
