import Basics

/// The way back to an account whose owner has asked for its deletion, and has just given the right password.
package struct PendingDeletion: Sendable, Hashable {
    package let userID: UserID
    package let requestedAt: Timestamp
    /// SHA-256 of the password's hash, hexadecimal: another password voids the way back.
    package let passwordDigest: String

    /// The time to think again.
    package static let graceSeconds: Int64 = 30 * 86_400

    package init(userID: UserID, requestedAt: Timestamp, passwordDigest: String) {
        self.userID = userID
        self.requestedAt = requestedAt
        self.passwordDigest = passwordDigest
    }

    /// The time of the deletion for good.
    package var dueAt: Timestamp { requestedAt.adding(seconds: Self.graceSeconds) }
}
