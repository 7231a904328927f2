import Basics

/// A new password that was asked for with two recovery codes, for an account that has neither a second factor nor a
/// passkey. It can be set with the same codes once its owner has had the time to stop it.
package struct WaitingReset: Sendable, Hashable {
    package static let delaySeconds: Int64 = 86_400
    /// The time in which it can be set, in seconds.
    package static let lifetimeSeconds: Int64 = 7 * 86_400

    package let userID: UserID
    /// The two codes, by their ids, in their order.
    package let codes: [RecoveryCodeID]
    package let requestedAt: Timestamp
    /// The time from which it can be set.
    package let readyAt: Timestamp
    package let expiresAt: Timestamp

    package init(userID: UserID, codes: [RecoveryCodeID], requestedAt: Timestamp) {
        let readyAt = requestedAt.adding(seconds: Self.delaySeconds)
        self.init(
            userID: userID, codes: codes, requestedAt: requestedAt, readyAt: readyAt,
            expiresAt: readyAt.adding(seconds: Self.lifetimeSeconds))
    }

    package init(
        userID: UserID, codes: [RecoveryCodeID], requestedAt: Timestamp, readyAt: Timestamp, expiresAt: Timestamp
    ) {
        (self.userID, self.codes) = (userID, codes.sorted { $0.rawValue < $1.rawValue })
        (self.requestedAt, self.readyAt, self.expiresAt) = (requestedAt, readyAt, expiresAt)
    }
}
