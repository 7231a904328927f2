import Auth
import Domain
import HTTPServer

/// The context of API routes for signed-in users; it cannot be created for other callers, nor for an API token without
/// the scope that the route declares.
package struct SignedInContext: ChildRequestContext {
    package var parameters: PathParameters
    package let identity: Identity

    package init(parent: AppContext, request: Request) throws {
        parameters = parent.parameters
        switch parent.authentication {
        case .identity(let identity):
            guard identity.isAdmitted(with: request.route.route?.scope) else {
                throw AppError.insufficientScope(request.route.route?.scope)
            }
            self.identity = identity
        case .refused(let error): throw error
        case .none: throw AppError.authenticationRequired
        }
    }

    package var user: User { identity.user }
}

extension SignedInContext {
    /// Returns the owner in the path; the error is the same whether or not that user exists.
    func owner(orRefuse message: String) throws -> UserID {
        // A trusted issuer's user may also be named in the path by the issuer's id, as in seed 000.
        let names = [user.id, identity.externalSubject.map(UserID.init(rawValue:))].compactMap { $0 }
        let name = UserID(rawValue: parameters["user_id"])
        guard names.contains(where: { $0.isSame(as: name) }) else {
            throw AppError.forbidden(message)
        }
        return user.id
    }
}
