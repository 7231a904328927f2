import Basics
import Crypto
import HTTPServer
import NIOCore
import NIOHTTP1
import Synchronization

/// The documentation of all programmatic routes, for `/openapi.json` and `/docs`. Generated on first use from the
/// router's own table.
final class Documentation: Sendable {
    private struct Content: Sendable {
        let operations: [DocumentedOperation]
        let document: PublicDocument

        init(_ routes: [Route]) throws {
            operations = routes.compactMap(DocumentedOperation.init)
            let bytes = OpenAPIDocument.bytes(operations)
            let tag = String(try SHA256.hexadecimalHash(bytes).prefix(32))
            document = PublicDocument(ByteBuffer(bytes: bytes), tag: tag, contentType: "application/json")
        }
    }

    private struct State: Sendable {
        var routes: [Route] = []
        var content: Content?
    }

    private let state = Mutex(State())

    /// Sets the routes; they are known only once the router is built, which includes the documentation's own.
    func publish(_ routes: [Route]) { state.withLock { $0 = State(routes: routes) } }

    private func content() throws -> Content {
        try state.withLock { state in
            if let content = state.content { return content }
            let content = try Content(state.routes)
            state.content = content
            return content
        }
    }

    /// All operations, in site map order.
    func operations() throws -> [DocumentedOperation] { try content().operations }

    func addRoutes(to site: RouteGroup<AppContext>) {
        site.area("openapi.json", errors: .problem, crossOrigin: .anyOrigin, plainHTTP: .redirect).get(
            summary: "This description",
            Operation(
                "openAPI", .server, "For programs that make clients, tests or pages of it.",
                answers: [
                    .json(
                        .ok, "An OpenAPI 3.1 document.", JSONSchema(.anyObject).showing(["openapi": "3.1.1"]),
                        headers: [.etag]),
                    .notModified,
                ]), use: show)
    }

    @Sendable private func show(_ request: Request, _ context: AppContext) async throws -> Response {
        try content().document.response(to: request)
    }
}
