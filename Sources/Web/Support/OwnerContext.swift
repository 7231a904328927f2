import Domain
import HTTPServer

/// A context that knows whose tasks a request is about, and that the caller is that person.
package protocol OwnerContext: RequestContext {
    var owner: UserID { get }
    /// What the operations of such a path are called by behind their name, and what it has in it.
    static var mount: (suffix: String, parameters: [String]) { get }
}
