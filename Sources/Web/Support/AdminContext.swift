import Auth
import Domain
import HTTPServer

/// The context of the admin's pages. Visitors are redirected to sign in first, and for other users there is nothing at
/// these addresses.
package struct AdminContext: ChildRequestContext {
    package var parameters: PathParameters
    let user: User
    let session: Session
    let csrfSubject: String

    package init(parent: SignedInPageContext, request: Request) throws {
        guard parent.user.isAdmin else { throw HTTPError.unknownPath }
        (parameters, user, session) = (parent.parameters, parent.user, parent.session)
        csrfSubject = parent.csrfSubject
    }

    /// The admin as the author of what a request does.
    func source(_ request: Request) -> AuditEvent.Source { Client(request).source(asAdmin: user.id) }
}
