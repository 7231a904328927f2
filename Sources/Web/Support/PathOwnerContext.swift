import Domain
import HTTPServer

/// The owner of a request's tasks by the user id in its path, which must be the caller's.
package struct PathOwnerContext<Path: OwnerPath>: ChildRequestContext, OwnerContext {
    package var parameters: PathParameters
    package let owner: UserID
    package let locale: UserLocale
    package static var mount: (suffix: String, parameters: [String]) { (Path.operationSuffix, ["user_id"]) }

    package init(parent: SignedInContext, request: Request) throws {
        parameters = parent.parameters
        owner = try parent.owner(orRefuse: Path.refusal)
        locale = parent.user.locale
    }
}

/// A path with a user id, as one of the two seed documents has it.
package protocol OwnerPath: Sendable {
    /// The error for another user's path.
    static var refusal: String { get }
    /// The suffix of the operation ids of its routes.
    static var operationSuffix: String { get }
}

/// `/api/users/{user_id}/tasks` of seed 003.
package enum UsersPath: OwnerPath {
    package static let refusal = "Access denied: cannot access other users' resources"
    package static let operationSuffix = "OfUser"
}

/// `/api/{user_id}/tasks` of seed 000.
package enum UserPath: OwnerPath {
    package static let refusal = "Forbidden: user_id mismatch"
    package static let operationSuffix = "OfUserID"
}
