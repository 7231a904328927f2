import Domain
import HTTPServer

/// A session as seen by one of Better Auth's endpoints.
struct BetterAuthSession: Sendable {
    var user: User
    var session: Session
    /// The session token that the client presented. Nil for a client that presented an access token: it gets no other
    /// credential for the session, neither in a body nor in a header or a cookie.
    let token: String?
    /// True if the session was renewed, so that the response must carry its cookies.
    var isRenewed = false
    /// True if the client's cookies are to end with the browser.
    let isBrowserSession: Bool
}
