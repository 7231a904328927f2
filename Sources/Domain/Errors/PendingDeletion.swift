import Basics

/// The way back to an account whose owner has asked for its deletion, and has just shown the first factor.
package struct PendingDeletion: Sendable, Hashable {
    package let userID: UserID
    package let requestedAt: Timestamp
    /// SHA-256 of the first factor, hexadecimal: another password voids the way back.
    package let credentialDigest: String

    /// The time to think again.
    package static let graceSeconds: Int64 = 30 * 86_400

    package init(userID: UserID, requestedAt: Timestamp, credentialDigest: String) {
        self.userID = userID
        self.requestedAt = requestedAt
        self.credentialDigest = credentialDigest
    }

    /// The time of the deletion for good.
    package var dueAt: Timestamp { requestedAt.adding(seconds: Self.graceSeconds) }
}
