import Basics

/// One sign-in on one device. It ends when it expires, when it is revoked, and when its user is deactivated.
package struct Session: Sendable, Hashable, Identifiable {
    package var id: SessionID
    package var userID: UserID
    package var createdAt: Timestamp
    /// When it was last renewed.
    package var updatedAt: Timestamp
    package var expiresAt: Timestamp
    /// The moment from which `SessionLifetimes.maximumSeconds` counts: when it was created or, for a session that is
    /// older than that limit, when the limit came.
    package var limitedFrom: Timestamp
    /// The address that signed in, empty when unknown.
    package var ipAddress: String
    /// What the client calls itself, cut to 512 bytes, empty when unknown.
    package var userAgent: String
    /// False for a session that its user did not want to be remembered: it is never renewed.
    package var isRemembered: Bool

    /// For so long after signing in a session may do what needs a fresh proof.
    package static let freshAgeSeconds: Int64 = 86_400

    package func isFresh(at time: Timestamp) -> Bool { createdAt.adding(seconds: Self.freshAgeSeconds) > time }

    package init(
        id: SessionID, userID: UserID, createdAt: Timestamp, updatedAt: Timestamp, expiresAt: Timestamp,
        limitedFrom: Timestamp? = nil, ipAddress: String, userAgent: String, isRemembered: Bool = true
    ) {
        self.id = id
        self.userID = userID
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.expiresAt = expiresAt
        self.limitedFrom = limitedFrom ?? createdAt
        self.ipAddress = ipAddress
        self.userAgent = userAgent
        self.isRemembered = isRemembered
    }
}
