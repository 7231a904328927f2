/// A user as known to a sign-in provider: the provider's issuer and its identifier of the user, octet for octet.
package struct ProviderIdentity: Sendable, Hashable {
    package let issuer: String
    package let subject: String

    private static let maximumSubjectLength = 255

    package init(issuer: String, subject: String) { (self.issuer, self.subject) = (issuer, subject) }

    /// True for a text of at most 255 characters and without control characters (OpenID Connect Core 1.0, section 2).
    package static func isSubject(_ text: String) -> Bool {
        (1...maximumSubjectLength).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}
