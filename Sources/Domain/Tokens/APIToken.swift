import Basics

/// A user's credential for a program that may do some things only. Just the digest of its text is stored.
package struct APIToken: Sendable, Hashable, Identifiable {
    package static let maximumPerAccount = 50
    /// The lifetimes that can be chosen, in days; a token may also have no expiry.
    package static let lifetimeDays: ClosedRange<Int64> = 1...365
    /// The minimum interval between notes of its use.
    package static let useIntervalSeconds: Int64 = 60

    package let id: APITokenID
    package let userID: UserID
    package let name: ItemName
    package let scopes: TokenScopes
    package let createdAt: Timestamp
    /// Nil if it is valid until it is revoked.
    package let expiresAt: Timestamp?
    /// The last use, to the minute, and its address; nil and empty if it was never used.
    package var lastUsedAt: Timestamp?
    package var lastUsedAddress: String

    package init(
        id: APITokenID, userID: UserID, name: ItemName, scopes: TokenScopes, createdAt: Timestamp,
        expiresAt: Timestamp?, lastUsedAt: Timestamp? = nil, lastUsedAddress: String = ""
    ) {
        (self.id, self.userID, self.name, self.scopes) = (id, userID, name, scopes)
        (self.createdAt, self.expiresAt) = (createdAt, expiresAt)
        (self.lastUsedAt, self.lastUsedAddress) = (lastUsedAt, lastUsedAddress)
    }

    package static let tooMany = AppError.invalid([
        FieldIssue(
            "name", "An account may have at most \(maximumPerAccount) API tokens. Revoke one first.", .tooLong)
    ])

    package func isExpired(at time: Timestamp) -> Bool { expiresAt.map { $0 <= time } ?? false }
}
