import HTTPServer

/// The callers that a route admits.
package enum RouteAccess: String, Sendable {
    case anyone
    case signedIn = "signed in"
    /// The signed-in user whose id is in the path.
    case owner
    /// For other users, there is nothing at its address.
    case admin
}

extension Route {
    package var access: RouteAccess {
        if requires(PathOwnerContext<UsersPath>.self) || requires(PathOwnerContext<UserPath>.self) { return .owner }
        if requires(AdminContext.self) || requires(AdminAPIContext.self) { return .admin }
        if requires(SignedInContext.self) || requires(SignedInPageContext.self) { return .signedIn }
        // Better Auth's endpoints read their sessions themselves.
        guard let operation = description as? Operation else { return .anyone }
        return operation.proofs.isEmpty || operation.isProofOptional ? .anyone : .signedIn
    }
}
