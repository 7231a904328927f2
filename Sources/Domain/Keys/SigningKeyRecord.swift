import Basics

/// A key pair that signs tokens which other services verify.
package struct SigningKeyRecord: Sendable, Hashable {
    /// What tokens call it (`kid`).
    package var id: String
    /// `EdDSA` or `RS256`.
    package var algorithm: String
    /// The private key, encrypted under the secret.
    package var sealedKey: String
    package var createdAt: Timestamp
    /// When it begins to sign. It is published from its creation on.
    package var signsFrom: Timestamp
    /// Until when its tokens are accepted and it is published; nil while no other key is to follow it.
    package var expiresAt: Timestamp?

    package init(
        id: String, algorithm: String, sealedKey: String, createdAt: Timestamp, signsFrom: Timestamp,
        expiresAt: Timestamp?
    ) {
        self.id = id
        self.algorithm = algorithm
        self.sealedKey = sealedKey
        self.createdAt = createdAt
        self.signsFrom = signsFrom
        self.expiresAt = expiresAt
    }
}
