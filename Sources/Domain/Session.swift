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

    /// How long a session lasts: seven days, the life of an access token.
    package static let lifetimeSeconds: Int64 = 7 * 86_400

    package init(
        id: SessionID, userID: UserID, createdAt: Timestamp, updatedAt: Timestamp, expiresAt: Timestamp,
        ipAddress: String, userAgent: String
    ) {
        self.id = id
        self.userID = userID
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.expiresAt = expiresAt
        self.ipAddress = ipAddress
        self.userAgent = userAgent
    }
}
