import Auth
import Domain
import HTTPServer
import JSON
import NIOHTTP1

/// The tokens that other services verify by our published keys: 15 minutes, EdDSA or RS256, issuer and audience our
/// own origin.
struct BetterAuthTokens: Sendable {
    static let lifetimeSeconds: Int64 = 900

    let keys: KeyRing
    let ownOrigin: @Sendable () -> String

    /// The user in the order of the real server's claims, and the session beside it: signing out ends this token too
    /// where it comes back to us.
    func token(for user: User, session: Session) async throws -> String {
        let now = Timestamp.now().seconds
        let origin = ownOrigin()
        var json = JSONWriter()
        json.object {
            $0.member("iat", now)
            $0.betterAuthUserMembers(user)
            $0.member("sub", user.id.rawValue)
            $0.member("exp", now + Self.lifetimeSeconds)
            $0.member("iss", origin)
            $0.member("aud", origin)
            $0.member("sid", session.id.rawValue)
        }
        return try await keys.sign(json.bytes)
    }
}

/// `/.well-known/jwks.json` and `/api/auth/jwks`: the public keys, for whoever verifies.
struct JWKSAPI: Sendable {
    let keys: KeyRing

    func addRoutes(to site: RouteGroup<AppContext>) {
        site.get(".well-known/jwks.json", summary: "The public keys", use: show)
        site.get("api/auth/jwks", summary: "The public keys", use: show)
    }

    @Sendable private func show(_ request: Request, _ context: AppContext) async throws -> Response {
        let document = try await keys.publicKeys()
        let etag = "\"\(Crypto.hexadecimal(try Crypto.sha256(document)).prefix(32))\""
        // Short, so that a rotated key is seen soon; verifiers look again anyway when a key is new to them.
        let caching: [(String, String)] = [("cache-control", "public, max-age=60"), ("etag", etag)]
        if request.has(etag: etag) {
            return Response(status: .notModified, headers: .init(caching))
        }
        return Response(status: .ok, contentType: "application/json", bytes: document, headers: .init(caching))
    }
}
