import Domain
import HTTPServer

/// `/api/users/{user_id}/tasks`, as in seed 003, with its error for another user's path.
package struct UsersPathContext: ChildRequestContext, OwnerContext {
    package var parameters: PathParameters
    package let owner: UserID
    package static let mount = (suffix: "OfUser", parameters: ["user_id"])

    package init(parent: SignedInContext, request: Request) throws {
        parameters = parent.parameters
        owner = try parent.owner(orRefuse: Self.refusal)
    }

    static let refusal = "Access denied: cannot access other users' resources"
}
