import Basics

/// A sign-in whose first factor was right, and whose second is still to be shown. It works once, and ends with the
/// password.
package struct SignInChallenge: Sendable, Hashable {
    package static let lifetimeSeconds: Int64 = 600

    /// SHA-256 of the challenge's token, hexadecimal.
    package let tokenDigest: String
    package let userID: UserID
    package let createdAt: Timestamp
    /// False if the session is to end with the browser's.
    package let isRemembered: Bool
    /// True if the device has signed in to the account before.
    package let isKnownDevice: Bool

    package var expiresAt: Timestamp { createdAt.adding(seconds: Self.lifetimeSeconds) }

    package init(
        tokenDigest: String, userID: UserID, createdAt: Timestamp, isRemembered: Bool, isKnownDevice: Bool
    ) {
        (self.tokenDigest, self.userID, self.createdAt) = (tokenDigest, userID, createdAt)
        (self.isRemembered, self.isKnownDevice) = (isRemembered, isKnownDevice)
    }
}
