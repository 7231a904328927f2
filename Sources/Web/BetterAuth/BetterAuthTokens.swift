import Auth
import Basics
import Domain
import HTTPServer
import JSON

/// The tokens that other services verify by our published keys: 15 minutes, EdDSA or RS256, issued by our own origin.
/// They are for our own origin too, unless another audience is asked for; our API accepts no others.
struct BetterAuthTokens: Sendable {
    static let lifetimeSeconds: Int64 = 900

    let keys: KeyRing
    let ownOrigin: @Sendable () -> String
    /// The audiences that may be asked for beside our own origin.
    let audiences: [String]

    /// - Returns: nil for an audience that no token is made for.
    func audience(_ asked: String) -> String? {
        (audiences + [ownOrigin()]).first { $0.hasSameBytes(as: asked) }
    }

    /// The user in the order of the real server's claims, and the session beside it: signing out ends this token too
    /// where it comes back to us.
    func token(for user: User, session: Session, audience: String? = nil) async throws -> String {
        let now = Timestamp.now().seconds
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
