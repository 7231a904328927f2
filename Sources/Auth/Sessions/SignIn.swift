import Domain

/// The outcome of signing in or up: the user, the session, and its two credentials.
package struct SignIn: Sendable {
    package let user: User
    package let session: Session
    /// For API clients: a JWT that lasts as long as the session.
    package let accessToken: String
    /// For browsers: the session cookie's token. Only its digest is stored, so it is available only here.
    package let sessionToken: String
    /// The device cookie that makes the browser known to the account; nil if the browser has one, or does not ask.
    package internal(set) var deviceCookie: String?
}
