import Domain

/// The outcome of signing in or up: the user, the session, and the two proofs of it.
package struct SignIn: Sendable {
    package let user: User
    package let session: Session
    /// For API clients: a JWT that lasts as long as the session.
    package let accessToken: String
    /// For browsers: what the session cookie carries. Only its digest is stored, so this is the one time it is seen.
    package let sessionToken: String
    /// What the browser is to keep to be known to the account from now on; nil where it has that, or does not ask.
    package internal(set) var deviceCookie: String?
}
