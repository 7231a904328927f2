/// A user as known to a sign-in provider: the provider's issuer and its identifier of the user, octet for octet.
package struct ProviderIdentity: Sendable, Hashable {
    package let issuer: String
    package let subject: String

    package init(issuer: String, subject: String) { (self.issuer, self.subject) = (issuer, subject) }
}
