import Basics

/// A key pair that signs tokens for other services to verify.
package struct SigningKeyRecord: Sendable, Hashable {
    /// The key id in tokens (`kid`).
    package var id: String
    /// `EdDSA` or `RS256`.
    package var algorithm: String
    /// The private key, encrypted under the secret.
    package var sealedKey: String
    package var createdAt: Timestamp
    /// The time from which it signs. It is published from its creation on.
    package var signsFrom: Timestamp
    /// The time until which its tokens are accepted and it is published; nil until a successor is set.
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
