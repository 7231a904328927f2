import Basics

/// A browser that has signed in to an account: it has its own allowance for wrong passwords, and grants no access; a
/// trusted one is not asked for the second factor. It is known until it expires, the password changes, or ten newer
/// devices replace it.
package struct KnownDevice: Sendable, Hashable {
    /// SHA-256 of the browser's device token, hexadecimal.
    package let digest: String
    package let expiresAt: Timestamp
    /// Nil for a device that is not trusted.
    package let trustedUntil: Timestamp?

    /// The maximum number of known devices per account; the oldest is dropped first.
    package static let maximumPerAccount = 10

    /// The time for which a device is trusted.
    package static let trustSeconds: Int64 = 30 * 86_400

    package init(digest: String, expiresAt: Timestamp, trustedUntil: Timestamp? = nil) {
        (self.digest, self.expiresAt, self.trustedUntil) = (digest, expiresAt, trustedUntil)
    }
}
