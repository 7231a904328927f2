/// The values that travel with a request from middleware to handler.
package protocol RequestContext: Sendable {
    /// The values of the matched route's parameters.
    var parameters: PathParameters { get set }
}
