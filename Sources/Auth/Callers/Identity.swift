import Domain

/// The authenticated caller. A class, as it is passed along many times per request and copying its strings each time
/// would be costly.
package final class Identity: Sendable {
    /// The means by which the request was authenticated.
    package enum Authentication: Sendable {
        /// By the cookie or a token of a session here.
        case session(Session)
        /// By a token of a service that shares our secret, which names no session.
        case sharedSecret
        /// By a token of a trusted issuer.
        /// - Parameter subject: the user's id there, by which paths may also name the user; nil if it means another
        ///   account here.
        case issuer(subject: String?)
        /// By an API token of the user's.
        case apiToken(APIToken)
    }

    package let user: User
    package let authentication: Authentication

    package init(user: User, by authentication: Authentication) {
        self.user = user
        self.authentication = authentication
    }

    /// Nil for a token that belongs to no session here.
    package var session: Session? {
        if case .session(let session) = authentication { session } else { nil }
    }

    /// False for an API token without this scope; no API token is admitted where none is named.
    package func isAdmitted(with scope: @autoclosure () -> String?) -> Bool {
        guard case .apiToken(let token) = authentication else { return true }
        return scope().flatMap(TokenScope.init).map(token.scopes.contains) ?? false
    }

    /// False for a token that another service has issued.
    package var isOwn: Bool {
        switch authentication {
        case .session, .apiToken: true
        case .sharedSecret, .issuer: false
        }
    }

    package var externalSubject: String? {
        if case .issuer(let subject) = authentication { subject } else { nil }
    }
}
