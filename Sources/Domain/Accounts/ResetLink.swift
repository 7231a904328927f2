import Basics

/// A one-time link that sets a new password, with the digest of its token.
package struct ResetLink: Sendable {
    package let userID: UserID
    /// SHA-256 of the link's token, hexadecimal.
    package let tokenDigest: String
    package let createdAt: Timestamp
    package let expiresAt: Timestamp

    package init(userID: UserID, tokenDigest: String, createdAt: Timestamp, expiresAt: Timestamp) {
        self.userID = userID
        self.tokenDigest = tokenDigest
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}
