/// The first factor of a sign-in, as it was checked. What follows holds only as long as it does.
package enum FirstFactor: Sendable, Hashable {
    /// - Parameter hash: the stored hash that the password was checked against.
    case password(hash: String)
    /// A sign-in at a provider, to which the account is linked.
    case provider(ProviderIdentity)
    /// A passkey that has verified its user, which is the second factor as well.
    case passkey(PasskeyID)
}
