import Basics
import Crypto
import Domain

/// Authenticates a bearer token of any kind: our access token, a token of our key pairs, a session token of Better
/// Auth's client, an API token, or a token of a trusted issuer.
package struct BearerAuthentication: Sendable {
    private let sessions: SessionService
    private let apiTokens: APITokenService
    private let keys: KeyRing
    private let issuers: TrustedIssuers
    private let ownOrigin: @Sendable () -> String
    private let now: @Sendable () -> Timestamp

    /// - Parameter ownOrigin: issuer and audience of the tokens that our key pairs sign.
    package init(
        sessions: SessionService, apiTokens: APITokenService, keys: KeyRing, issuers: TrustedIssuers,
        ownOrigin: @escaping @Sendable () -> String, now: @escaping @Sendable () -> Timestamp
    ) {
        self.sessions = sessions
        self.apiTokens = apiTokens
        self.keys = keys
        self.issuers = issuers
        self.ownOrigin = ownOrigin
        self.now = now
    }

    /// - Parameter client: the sender; evaluated only when an account is created, or the use of an API token is noted.
    /// - Throws: `AppError.unauthenticated`, `AppError.invalidAPIToken`.
    package func identity(_ bearer: BearerToken, from client: @Sendable () -> Client) async throws -> Identity {
        switch bearer {
        case .session(let token):
            guard let identity = try await sessions.identity(sessionToken: token) else { throw AppError.invalidToken }
            return identity
        case .apiToken(let text): return try await apiTokens.identity(text, from: client)
        case .jwt(let text):
            if let identity = try await sessions.identity(knownAccessToken: text) { return identity }
            // The issuer is selected by its name, before any key is considered. Each key accepts its own algorithm and
            // no other.
            guard let token = JWS(text.utf8), token.algorithm != .hs256 else {
                return try await sessions.identity(accessToken: text)
            }
            let issuer = try TokenClaims.unverifiedIssuer(token.payload)
            if issuer?.hasSameBytes(as: ownOrigin()) ?? false { return try await own(token) }
            return try await issuers.identity(token, issuer: issuer, at: now(), from: client)
        case .unknown: throw AppError.invalidToken
        }
    }

    /// True while the session, the API token or the account of a caller is there, and if that cannot be found out at the
    /// moment.
    package func isLive(_ identity: Identity) async throws -> Bool {
        do {
            switch identity.authentication {
            case .apiToken(let token): return try await apiTokens.isLive(token)
            case .issuer: return try await sessions.isUnchanged(identity.user)
            case .session, .sharedSecret:
                _ = try await sessions.identity(userID: identity.user.id, sessionID: identity.session?.id)
                return true
            }
        } catch AppError.unauthenticated {
            return false
        } catch AppError.storageUnavailable {
            return true
        }
    }

    private func own(_ token: JWS) async throws -> Identity {
        guard let key = try await keys.verificationKey(for: token), key.verifies(token) else {
            throw AppError.invalidToken
        }
        let claims = try TokenClaims(payload: token.payload, at: now())
        // Tokens for other services are not accepted here.
        guard claims.audiences == [ownOrigin()] else { throw AppError.invalidToken }
        return try await sessions.identity(userID: UserID(rawValue: claims.subject), sessionID: claims.sessionID)
    }
}
