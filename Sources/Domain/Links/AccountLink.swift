import Basics

/// A one-time link in an e-mail, with the digests of its token and of the code that can be typed instead.
package struct AccountLink: Sendable {
    /// The time for which a code can be typed.
    package static let codeLifetimeSeconds: Int64 = 900
    /// The wrong codes that are accepted within that time, for all codes of one address or user together.
    package static let wrongCodes: Int64 = 5

    package let purpose: LinkPurpose
    /// SHA-256 of the link's token, hexadecimal.
    package let tokenDigest: String
    /// A MAC of the code; nil for a link without one.
    package let codeDigest: String?
    package let createdAt: Timestamp
    package let expiresAt: Timestamp

    package init(
        purpose: LinkPurpose, tokenDigest: String, codeDigest: String? = nil, createdAt: Timestamp,
        expiresAt: Timestamp
    ) {
        (self.purpose, self.tokenDigest, self.codeDigest) = (purpose, tokenDigest, codeDigest)
        (self.createdAt, self.expiresAt) = (createdAt, expiresAt)
    }
}
