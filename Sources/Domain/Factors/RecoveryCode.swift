/// A code that replaces the authenticator app once.
package struct RecoveryCode: Sendable, Hashable, Identifiable {
    package let id: RecoveryCodeID
    /// The digest of the code, encrypted for the server: neither the database nor the secret alone lets it be guessed.
    package let sealedDigest: String

    package init(id: RecoveryCodeID, sealedDigest: String) { (self.id, self.sealedDigest) = (id, sealedDigest) }
}
