/// A step that every request of a group passes through, on its way in and on its way out.
package protocol Middleware<Context>: Sendable {
    associatedtype Context: RequestContext

    /// Responds itself, or calls `next` and optionally changes the response.
    func handle(_ request: Request, context: Context, next: Handler<Context>) async throws -> Response
}
