import Auth
import HTTPServer
import NIOCore
import NIOHTTP1
import Synchronization

/// What is known about the routes that programs call, for `/openapi.json` and `/docs`. It is made once, when all
/// routes are there, of the table that the router itself goes by.
final class Documentation: Sendable {
    private struct Content: Sendable {
        var operations: [DocumentedOperation] = []
        var document = ByteBuffer()
        var etag = ""
    }

    private let content = Mutex(Content())

    /// All operations, in the order of the site map.
    var operations: [DocumentedOperation] { content.withLock { $0.operations } }

    /// Takes down what the routes say about themselves.
    func publish(_ routes: [Route]) {
        let operations = routes.compactMap(DocumentedOperation.init)
        let bytes = OpenAPIDocument.bytes(operations)
        let digest = (try? Crypto.sha256(bytes)).map(Crypto.hexadecimal) ?? ""
        content.withLock {
            $0 = Content(
                operations: operations, document: ByteBuffer(bytes: bytes), etag: "\"\(digest.prefix(32))\"")
        }
    }

    func addRoutes(to site: RouteGroup<AppContext>) {
        site.get(
            "openapi.json", summary: "This description",
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
        let (document, etag) = content.withLock { ($0.document, $0.etag) }
        var headers: HTTPHeaders = ["etag": etag, "cache-control": "no-cache"]
        if request.has(etag: etag) { return Response(status: .notModified, headers: headers) }
        headers.add(name: "content-type", value: "application/json")
        return Response(status: .ok, headers: headers, body: document)
    }
}
