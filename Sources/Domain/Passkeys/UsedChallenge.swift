import Basics

/// A challenge of a passkey's ceremony that was answered, and is not to be answered again.
package struct UsedChallenge: Sendable, Hashable {
    /// SHA-256 of the challenge, hexadecimal.
    package let digest: String
    /// The time after which it is refused in any case.
    package let expiresAt: Timestamp

    package init(digest: String, expiresAt: Timestamp) { (self.digest, self.expiresAt) = (digest, expiresAt) }
}
