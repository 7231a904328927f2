/// Something that every request of a group passes through, on its way in and on its way out.
package protocol Middleware<Context>: Sendable {
    associatedtype Context: RequestContext

    /// Answers itself, or calls `next` and may change what comes back.
    func handle(_ request: Request, context: Context, next: Handler<Context>) async throws -> Response
}
