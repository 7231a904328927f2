import Basics

/// A browser that has signed in to an account: it has an allowance of its own for wrong passwords, and opens nothing.
/// It is known until it expires, until the password changes, and until ten others have come after it.
package struct KnownDevice: Sendable, Hashable {
    /// SHA-256 of what the browser keeps, hexadecimal.
    package let digest: String
    package let expiresAt: Timestamp

    /// How many devices of one account are known; the one that came first goes first.
    package static let maximumPerAccount = 10

    package init(digest: String, expiresAt: Timestamp) {
        self.digest = digest
        self.expiresAt = expiresAt
    }
}
