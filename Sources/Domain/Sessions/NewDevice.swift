import Basics

/// A device to be stored, together with the session that begins on it.
package struct NewDevice: Sendable, Hashable {
    package let digest: String
    package let createdAt: Timestamp
    package let expiresAt: Timestamp
    /// Nil for a device that is not trusted.
    package let trustedUntil: Timestamp?
    /// The digest by which the same browser was known before, if it was.
    package let replacedDigest: String?

    package init(
        digest: String, createdAt: Timestamp, expiresAt: Timestamp, trustedUntil: Timestamp?, replacedDigest: String?
    ) {
        self.digest = digest
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.trustedUntil = trustedUntil
        self.replacedDigest = replacedDigest
    }
}
