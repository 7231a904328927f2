import Basics

/// One sign-in on one device. It ends when it expires, when it is revoked, and when its user is deactivated.
package struct Session: Sendable, Hashable, Identifiable {
    package var id: SessionID
    package var userID: UserID
    package var createdAt: Timestamp
    /// The time of the last renewal.
    package var updatedAt: Timestamp
    package var expiresAt: Timestamp
    /// The start of the `SessionLifetimes.maximumSeconds` period: the session's creation or, for a session older than
    /// that limit, the limit's introduction.
    package var limitedFrom: Timestamp
    /// The last time the user proved to be the account's owner: at the beginning, and with each confirmed password.
    package var provedAt: Timestamp
    /// The last use, to the hour.
    package var seenAt: Timestamp
    /// The address that signed in, empty when unknown.
    package var ipAddress: String
    /// The User-Agent, truncated to 512 bytes; empty when unknown.
    package var userAgent: String
    /// False if the user chose not to be remembered: the session is never renewed.
    package var isRemembered: Bool

    /// The time after signing in during which Better Auth's client may list sessions.
    package static let freshAgeSeconds: Int64 = 86_400

    package func isFresh(at time: Timestamp) -> Bool { createdAt.adding(seconds: Self.freshAgeSeconds) > time }

    package init(
        id: SessionID, userID: UserID, createdAt: Timestamp, updatedAt: Timestamp, expiresAt: Timestamp,
        limitedFrom: Timestamp? = nil, provedAt: Timestamp? = nil, ipAddress: String, userAgent: String,
        isRemembered: Bool = true
    ) {
        self.id = id
        self.userID = userID
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.expiresAt = expiresAt
        self.limitedFrom = limitedFrom ?? createdAt
        self.provedAt = provedAt ?? createdAt
        seenAt = createdAt
        self.ipAddress = ipAddress
        self.userAgent = userAgent
        self.isRemembered = isRemembered
    }
}
