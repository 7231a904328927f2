/// A user as a trusted issuer knows them.
package struct ExternalIdentity: Sendable, Hashable {
    /// The name that the issuer's accounts are filed under, without a final slash.
    package let issuer: String
    package let subject: String

    package init(issuer: String, subject: String) {
        self.issuer = issuer
        self.subject = subject
    }
}
