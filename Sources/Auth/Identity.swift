import Domain

/// Who makes a request. A class, as it goes through a dozen hands with each request, and to copy its two dozen texts
/// for each would cost more than to find it.
package final class Identity: Sendable {
    package let user: User
    /// Nil for a token that another service made.
    package let session: Session?
    /// What the outside service that vouches for the user calls them; paths may name them so too.
    package let outsideSubject: String?

    package init(user: User, session: Session?, outsideSubject: String? = nil) {
        self.user = user
        self.session = session
        self.outsideSubject = outsideSubject
    }
}
