import Domain
import HTTPServer

/// A context that knows the owner of a request's tasks, and that the caller is the owner.
package protocol OwnerContext: RequestContext {
    var owner: UserID { get }
    var locale: UserLocale { get }
    /// The suffix of such a path's operation ids, and the path's parameters.
    static var mount: (suffix: String, parameters: [String]) { get }
}

extension OwnerContext {
    package var taskOwner: TaskOwner { TaskOwner(owner, timeZone: locale.timeZone) }
}

extension User {
    var taskOwner: TaskOwner { TaskOwner(id, timeZone: locale.timeZone) }
}
