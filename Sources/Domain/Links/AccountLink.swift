import Basics

/// A one-time link in a mail, with the digest of its token.
package struct AccountLink: Sendable {
    package enum Purpose: String, Sendable {
        case passwordReset = "password-reset"
        case emailVerification = "email-verification"
    }

    package let purpose: Purpose
    /// SHA-256 of the link's token, hexadecimal.
    package let tokenDigest: String
    package let createdAt: Timestamp
    package let expiresAt: Timestamp

    package init(purpose: Purpose, tokenDigest: String, createdAt: Timestamp, expiresAt: Timestamp) {
        (self.purpose, self.tokenDigest) = (purpose, tokenDigest)
        (self.createdAt, self.expiresAt) = (createdAt, expiresAt)
    }
}
