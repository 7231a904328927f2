/// A user who has given the right password, and whose address is still to be verified.
package struct PendingVerification: Sendable, Hashable {
    package let email: EmailAddress
    /// SHA-256 of the password's hash, hexadecimal: the proof holds for as long as the password does.
    package let passwordDigest: String

    package init(email: EmailAddress, passwordDigest: String) {
        (self.email, self.passwordDigest) = (email, passwordDigest)
    }
}
