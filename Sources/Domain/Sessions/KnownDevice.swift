import Basics

/// A browser that has signed in to an account: it has its own allowance for wrong passwords, and grants no access. It
/// is known until it expires, the password changes, or ten newer devices replace it.
package struct KnownDevice: Sendable, Hashable {
    /// SHA-256 of the browser's device token, hexadecimal.
    package let digest: String
    package let expiresAt: Timestamp

    /// The maximum number of known devices per account; the oldest is dropped first.
    package static let maximumPerAccount = 10

    package init(digest: String, expiresAt: Timestamp) {
        self.digest = digest
        self.expiresAt = expiresAt
    }
}
