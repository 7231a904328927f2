import Domain

/// The authenticated caller. A class, as it is passed along many times per request and copying its strings each time
/// would be costly.
package final class Identity: Sendable {
    package let user: User
    /// Nil for a token that another service issued.
    package let session: Session?
    /// The user's id at the trusted issuer that issued the token; paths may also name the user by it.
    package let externalSubject: String?

    package init(user: User, session: Session?, externalSubject: String? = nil) {
        self.user = user
        self.session = session
        self.externalSubject = externalSubject
    }
}
