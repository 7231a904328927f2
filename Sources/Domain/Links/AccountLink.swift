import Basics

/// A one-time link in a mail, with the digest of its token.
package struct AccountLink: Sendable {
    package let purpose: LinkPurpose
    /// SHA-256 of the link's token, hexadecimal.
    package let tokenDigest: String
    package let createdAt: Timestamp
    package let expiresAt: Timestamp

    package init(purpose: LinkPurpose, tokenDigest: String, createdAt: Timestamp, expiresAt: Timestamp) {
        (self.purpose, self.tokenDigest) = (purpose, tokenDigest)
        (self.createdAt, self.expiresAt) = (createdAt, expiresAt)
    }
}
