import Domain
import HTTPServer

/// The context of API routes that manage the account itself: it can only be created for a caller with a session
/// here.
package struct SessionContext: ChildRequestContext {
    package var parameters: PathParameters
    package let user: User
    package let session: Session

    static let foreignToken = AppError.forbidden("This token belongs to no session here. Sign in here first.")

    package init(parent: SignedInContext, request: Request) throws {
        guard let session = parent.identity.session else { throw Self.foreignToken }
        (parameters, user, self.session) = (parent.parameters, parent.user, session)
    }
}
