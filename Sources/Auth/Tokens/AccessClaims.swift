import Domain

/// The claims of an access token.
package struct AccessClaims: Sendable, Equatable {
    package var userID: UserID
    package var email: String
    /// Whole seconds since 1970, like all times in tokens.
    package var issuedAt: Int64
    package var expiresAt: Int64
    /// The session that the token belongs to; nil in a token that another service issued with the shared secret.
    package var sessionID: SessionID?

    package init(userID: UserID, email: String, issuedAt: Int64, expiresAt: Int64, sessionID: SessionID?) {
        self.userID = userID
        self.email = email
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.sessionID = sessionID
    }

    init(_ claims: TokenClaims) {
        self.init(
            userID: UserID(rawValue: claims.subject), email: claims.email ?? "", issuedAt: claims.issuedAt ?? 0,
            expiresAt: claims.expiresAt, sessionID: claims.sessionID)
    }
}
