import Basics

/// An authenticator app that is being set up: it counts for nothing until a code of it was right.
package struct PendingFactor: Sendable, Hashable {
    package static let lifetimeSeconds: Int64 = 900

    package let userID: UserID
    package let sealedSecret: String
    package let expiresAt: Timestamp

    package init(userID: UserID, sealedSecret: String, expiresAt: Timestamp) {
        (self.userID, self.sealedSecret, self.expiresAt) = (userID, sealedSecret, expiresAt)
    }
}
