/// What travels with a request from middleware to handler.
package protocol RequestContext: Sendable {
    /// What the parameters of the matched route stand for.
    var parameters: PathParameters { get set }
}
