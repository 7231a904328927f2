import Domain

/// Finds out who bears a token, of whatever kind: our access token, a token of our key pairs, a session token of
/// Better Auth's client, or a token of an outside service that we trust.
package struct BearerAuthentication: Sendable {
    private let sessions: SessionService
    private let cookie: SessionCookie
    private let keys: KeyRing
    private let issuers: OutsideIssuers
    private let ownOrigin: @Sendable () -> String

    /// - Parameter ownOrigin: issuer and audience of the tokens that our key pairs sign.
    package init(
        sessions: SessionService, cookie: SessionCookie, keys: KeyRing, issuers: OutsideIssuers,
        ownOrigin: @escaping @Sendable () -> String
    ) {
        self.sessions = sessions
        self.cookie = cookie
        self.keys = keys
        self.issuers = issuers
        self.ownOrigin = ownOrigin
    }

    /// - Parameter client: who shows it; asked only when an account is made for them.
    /// - Throws: `AppError.unauthenticated`.
    package func identity(_ bearer: String, from client: @Sendable () -> Client) async throws -> Identity {
        switch bearer.count(of: UInt8(ascii: ".")) {
        case 0, 1:
            guard let token = try sessionToken(bearer), let identity = try await sessions.identity(sessionToken: token)
            else { throw AppError.invalidToken }
            return identity
        case 2:
            if let identity = try await sessions.identity(knownAccessToken: bearer) { return identity }
            // The header only says which key to look for. Each key accepts its own algorithm and no other.
            guard let token = JWS(bearer.utf8), token.algorithm != .hs256 else {
                return try await sessions.identity(accessToken: bearer)
            }
            if let key = try await keys.verificationKey(for: token) { return try await own(token, key) }
            return try await issuers.identity(token, at: sessions.now(), from: client)
        default: throw AppError.invalidToken
        }
    }

    /// The session token in a bearer token: raw, or signed as the cookie is.
    package func sessionToken(_ bearer: String) throws -> String? {
        if let token = try cookie.token(in: bearer) { return token }
        guard bearer.utf8.count == 32, bearer.utf8.allSatisfy(\.isASCIIAlphanumeric) else { return nil }
        return bearer
    }

    private func own(_ token: JWS, _ key: VerificationKey) async throws -> Identity {
        guard key.verifies(token) else { throw AppError.invalidToken }
        let claims = try TokenClaims(payload: token.payload, at: sessions.now())
        let origin = ownOrigin()
        guard claims.issuer == origin, claims.audiences == [origin] else { throw AppError.invalidToken }
        return try await sessions.identity(userID: UserID(rawValue: claims.subject), sessionID: claims.sessionID)
    }
}
