/// A context that can only be derived from another one. Throwing in `init` rejects the request, so the values that
/// `init` finds are never optional in the handlers below it.
package protocol ChildRequestContext: RequestContext {
    associatedtype Parent: RequestContext
    init(parent: Parent, request: Request) async throws
}
