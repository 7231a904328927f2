/// The condition on an account under which an account at a provider is linked to it.
package enum LinkCondition: Sendable {
    /// The account has this address, which both sides have verified, and no second factor.
    case sameAddress(EmailAddress)
    /// Its owner asks for it in this session, and the account's address is verified, or is this one, which the provider
    /// has verified and which is verified here by it.
    case owner(SessionID, provedAddress: EmailAddress?)
}
