import Auth
import Domain
import HTTPServer

/// The context of API routes for admins. For other users there is nothing at these addresses, nor for a token of another
/// service: which of its users manage this server is not its decision.
package struct AdminAPIContext: ChildRequestContext {
    package var parameters: PathParameters
    let identity: Identity

    package init(parent: SignedInContext, request: Request) throws {
        guard parent.user.isAdmin, parent.identity.isOwn else { throw HTTPError.unknownPath }
        (parameters, identity) = (parent.parameters, parent.identity)
    }

    func source(_ request: Request) -> AuditEvent.Source { Client(request).source(asAdmin: identity.user.id) }
}
