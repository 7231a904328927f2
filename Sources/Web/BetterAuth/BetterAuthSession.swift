import Domain
import HTTPServer

/// A session as one of Better Auth's endpoints sees it.
struct BetterAuthSession: Sendable {
    var user: User
    var session: Session
    /// The session token that the client showed. Nil for one that showed an access token: it gets no other proof for
    /// it, neither in a body nor in a header or a cookie.
    let token: String?
    /// Cookies that the answer must carry, as the session was prolonged.
    var isRenewed = false
    /// Whether the client's cookies are to end with the browser.
    let isBrowserSession: Bool
}
