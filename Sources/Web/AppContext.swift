import Auth
import Domain
import HTTPServer

/// What every request carries through the site.
package struct AppContext: RequestContext {
    package var parameters = PathParameters()
    /// Who asks, as far as an authentication middleware found out.
    package var authentication = Authentication.none
    /// What the sender's forms are bound to: the session's id, or a visitor's cookie.
    package var formHolder = ""
    /// What else they may be bound to, where a visitor has several cookies of one name.
    package var otherFormHolders: [String] = []

    package init() {}

    package enum Authentication: Sendable {
        case none
        case identity(Identity)
        /// A proof was given and is no good; the error says why.
        case refused(AppError)
    }

    package var identity: Identity? {
        if case .identity(let identity) = authentication { identity } else { nil }
    }
}

/// The context of API routes for people who are signed in; for anybody else it cannot be made.
package struct SignedInContext: ChildRequestContext {
    package var parameters: PathParameters
    package let identity: Identity

    package init(parent: AppContext, request: Request) throws {
        parameters = parent.parameters
        switch parent.authentication {
        case .identity(let identity): self.identity = identity
        case .refused(let error): throw error
        case .none: throw AppError.authenticationRequired
        }
    }

    package var user: User { identity.user }
}

/// A context that knows whose tasks a request is about, and that the caller is that person.
package protocol OwnerContext: RequestContext {
    var owner: UserID { get }
    /// What the operations of such a path are called by behind their name, and what it has in it.
    static var mount: (suffix: String, parameters: [String]) { get }
}

/// `/api/tasks`: the caller's own.
package struct OwnTasksContext: ChildRequestContext, OwnerContext {
    package var parameters: PathParameters
    package let owner: UserID
    package static let mount = (suffix: "", parameters: [String]())

    package init(parent: SignedInContext, request: Request) {
        parameters = parent.parameters
        owner = parent.user.id
    }
}

/// `/api/users/{user_id}/tasks`, as in seed 003, with its words for somebody else's path.
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

/// `/api/{user_id}/tasks`, as in seed 000, with its words for somebody else's path.
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

extension SignedInContext {
    /// The same answer whether the person in the path exists or not.
    fileprivate func owner(orRefuse message: String) throws -> UserID {
        // A user of a trusted issuer may be named in the path by the id that the issuer gives, as in seed 000.
        let names = [user.id, identity.externalSubject.map(UserID.init(rawValue:))].compactMap { $0 }
        let name = UserID(rawValue: parameters["user_id"])
        guard names.contains(where: { $0.isSame(as: name) }) else {
            throw AppError.forbidden(message)
        }
        return user.id
    }
}

/// The context of pages for people who are signed in; anybody else is sent to sign in first.
package struct SignedInPageContext: ChildRequestContext {
    package var parameters: PathParameters
    package let identity: Identity
    package let formHolder: String

    package init(parent: AppContext, request: Request) throws {
        guard let identity = parent.identity, identity.session != nil else {
            let query = request.queryString
            let here = request.route.canonicalPath + (query.isEmpty ? "" : "?" + query)
            throw LogInFirst(next: request.isRead ? LocalPath(here) : nil)
        }
        parameters = parent.parameters
        self.identity = identity
        formHolder = parent.formHolder
    }

    package var user: User { identity.user }
}

/// Thrown by pages that need somebody to be signed in.
struct LogInFirst: Error {
    /// Where to go on afterwards.
    let next: LocalPath?
}
