import Auth
import Domain
import HTTPServer

/// The context of pages for signed-in users; visitors are redirected to sign in first.
package struct SignedInPageContext: ChildRequestContext {
    package var parameters: PathParameters
    package let identity: Identity
    package let session: Session
    package let csrfSubject: String

    package init(parent: AppContext, request: Request) throws {
        guard let identity = parent.identity, let session = identity.session else {
            let query = request.queryString
            let here = request.route.canonicalPath + (query.isEmpty ? "" : "?" + query)
            throw LoginRequired(next: request.isRead ? LocalPath(here) : nil)
        }
        parameters = parent.parameters
        self.identity = identity
        self.session = session
        csrfSubject = parent.csrfSubject
    }

    package var user: User { identity.user }
}
