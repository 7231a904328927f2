/// A user who has shown the first factor, and whose address is still to be verified.
package struct PendingVerification: Sendable, Hashable {
    package let email: EmailAddress
    /// SHA-256 of the first factor, hexadecimal: the proof holds for as long as a password does.
    package let credentialDigest: String

    package init(email: EmailAddress, credentialDigest: String) {
        (self.email, self.credentialDigest) = (email, credentialDigest)
    }
}
