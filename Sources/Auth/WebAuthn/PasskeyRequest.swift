import Domain

/// The options of a ceremony that asks for a passkey.
package struct PasskeyRequest: Sendable {
    package static let timeoutMilliseconds: Int64 = PasskeyChallenges.lifetimeSeconds * 1000

    package let challenge: [UInt8]
    package let relyingParty: RelyingParty
    /// The passkeys that may answer; empty for any of this server's.
    package let allowed: [Passkey]
    /// True if the passkey is the only credential, so that the authenticator must verify its user.
    package let needsVerification: Bool
}
