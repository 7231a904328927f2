/// A user as known to a trusted issuer.
package struct ExternalIdentity: Sendable, Hashable {
    /// The namespace of the issuer's accounts, without a trailing slash.
    package let issuer: String
    package let subject: String

    package init(issuer: String, subject: String) {
        self.issuer = issuer
        self.subject = subject
    }
}
