import Domain
import HTTPServer

/// `/api/{user_id}/tasks`, as in seed 000, with its error for another user's path.
package struct UserPathContext: ChildRequestContext, OwnerContext {
    package var parameters: PathParameters
    package let owner: UserID
    package static let mount = (suffix: "OfUserID", parameters: ["user_id"])

    package init(parent: SignedInContext, request: Request) throws {
        parameters = parent.parameters
        owner = try parent.owner(orRefuse: Self.refusal)
    }

    static let refusal = "Forbidden: user_id mismatch"
}
