/// One sign-in on one device. It ends when it expires, when it is revoked, and when its user is deactivated.
package struct Session: Sendable, Hashable, Identifiable {
    package var id: SessionID
    package var userID: UserID
    package var createdAt: Timestamp
    package var updatedAt: Timestamp
    package var expiresAt: Timestamp
    /// The address that signed in, empty when unknown.
    package var ipAddress: String
    /// What the client calls itself, cut to 512 bytes, empty when unknown.
    package var userAgent: String
    /// False for a session that its user did not want to be remembered: it is never prolonged.
    package var isRemembered: Bool

    /// How long a session lasts: seven days, the life of an access token.
    package static let lifetimeSeconds: Int64 = 7 * 86_400
    /// One that is not remembered ends with the browser, and after a day in any case.
    package static let unrememberedLifetimeSeconds: Int64 = 86_400
    /// A session in use is prolonged, at most once in so many seconds.
    package static let updateAgeSeconds: Int64 = 86_400
    /// For so long after signing in a session may do what needs a fresh proof.
    package static let freshAgeSeconds: Int64 = 86_400

    /// Whether using it now should prolong it (better-auth: `expiresAt - lifetime + updateAge <= now`).
    package func isDueForRenewal(at time: Timestamp) -> Bool {
        isRemembered && expiresAt.adding(seconds: Self.updateAgeSeconds - Self.lifetimeSeconds) <= time
    }

    package func isFresh(at time: Timestamp) -> Bool { createdAt.adding(seconds: Self.freshAgeSeconds) > time }

    package init(
        id: SessionID, userID: UserID, createdAt: Timestamp, updatedAt: Timestamp, expiresAt: Timestamp,
        ipAddress: String, userAgent: String, isRemembered: Bool = true
    ) {
        self.id = id
        self.userID = userID
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.expiresAt = expiresAt
        self.ipAddress = ipAddress
        self.userAgent = userAgent
        self.isRemembered = isRemembered
    }
}
