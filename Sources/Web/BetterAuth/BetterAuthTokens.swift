import Auth
import Basics
import Domain
import HTTPServer
import JSON

/// Tokens that other services verify with our published keys: 15 minutes, EdDSA or RS256, issued by our own origin.
/// Their audience is our own origin too, unless another is requested; our API accepts no other audience.
struct BetterAuthTokens: Sendable {
    static let lifetimeSeconds: Int64 = 900

    let keys: KeyRing
    let ownOrigin: @Sendable () -> String
    /// The audiences that may be requested besides our own origin.
    let audiences: [String]
    let now: @Sendable () -> Timestamp

    /// - Returns: nil for an audience that is not allowed.
    func audience(_ asked: String) -> String? {
        (audiences + [ownOrigin()]).first { $0.hasSameBytes(as: asked) }
    }

    /// The user in the order of the real server's claims, and the session: signing out also invalidates this token for
    /// our own API.
    func token(for user: User, session: Session, audience: String? = nil) async throws -> String {
        let now = now().seconds
        let origin = ownOrigin()
        var json = JSONWriter()
        json.object {
            $0.member("iat", now)
            $0.betterAuthUserMembers(user)
            $0.member("sub", user.id.rawValue)
            $0.member("exp", min(now + Self.lifetimeSeconds, session.expiresAt.seconds))
            $0.member("iss", origin)
            $0.member("aud", audience ?? origin)
            $0.member("sid", session.id.rawValue)
        }
        return try await keys.sign(json.bytes)
    }
}
