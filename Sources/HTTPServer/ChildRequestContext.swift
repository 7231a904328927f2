/// A context that can only be made of another one, or not at all: throwing in `init` keeps a request out, and
/// what `init` found is there, never optional, in every handler below.
package protocol ChildRequestContext: RequestContext {
    associatedtype Parent: RequestContext
    init(parent: Parent, request: Request) async throws
}
