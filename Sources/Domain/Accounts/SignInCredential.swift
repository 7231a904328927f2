import Basics

/// The credential that a user signed in with. A session is stored only if it still holds at that moment.
package enum SignInCredential: Sendable {
    /// It does not hold for an account that has a second factor.
    /// - Parameter hash: the stored hash that the password was checked against.
    case password(hash: String)
    /// The password, on a device that is trusted at this time.
    /// - Parameter device: the device's digest.
    case passwordOnTrustedDevice(hash: String, device: String, Timestamp)
    /// A passkey that has verified its user, which is both factors.
    case passkey(PasskeyUse)
    /// The same, a moment ago, before the account's address was verified or its deletion cancelled.
    case usedPasskey(PasskeyID)
    /// A sign-in at a provider, to which the account is linked. It does not hold for an account that has a second factor.
    case provider(ProviderIdentity)
    /// The same, on a device that is trusted at this time.
    case providerOnTrustedDevice(ProviderIdentity, device: String, Timestamp)
    /// A second factor, after the first of the challenge with this digest. Both are used up.
    case secondFactor(challenge: String, SecondFactorUse)
}
