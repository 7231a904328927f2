import Domain

/// Who makes a request. A class, as it goes through a dozen hands with each request, and to copy its two dozen texts
/// for each would cost more than to find it.
package final class Identity: Sendable {
    package let user: User
    /// Nil for a token that another service made.
    package let session: Session?
    /// The user's id at the trusted issuer that made the token; paths may name the user by it too.
    package let externalSubject: String?

    package init(user: User, session: Session?, externalSubject: String? = nil) {
        self.user = user
        self.session = session
        self.externalSubject = externalSubject
    }
}
