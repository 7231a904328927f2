import Basics
import Crypto
import HTTPServer
import NIOCore
import NIOHTTP1
import Synchronization

/// What is known about the routes that programs call, for `/openapi.json` and `/docs`. It is made once, when somebody
/// first asks, of the table that the router itself goes by.
final class Documentation: Sendable {
    private struct Content: Sendable {
        let operations: [DocumentedOperation]
        let document: PublicDocument

        init(_ routes: [Route]) throws {
            operations = routes.compactMap(DocumentedOperation.init)
            let bytes = OpenAPIDocument.bytes(operations)
            let tag = String(Hexadecimal.encode(try SHA256.hash(bytes)).prefix(32))
            document = PublicDocument(ByteBuffer(bytes: bytes), tag: tag, contentType: "application/json")
        }
    }

    private struct State: Sendable {
        var routes: [Route] = []
        var content: Content?
    }

    private let state = Mutex(State())

    /// Says which routes there are; they are known only once the router is built, and it has ours among them.
    func publish(_ routes: [Route]) { state.withLock { $0 = State(routes: routes) } }

    private func content() throws -> Content {
        try state.withLock { state in
            if let content = state.content { return content }
            let content = try Content(state.routes)
            state.content = content
            return content
        }
    }

    /// All operations, in the order of the site map.
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
        try content().document.response(to: request, cacheControl: "no-cache")
    }
}
