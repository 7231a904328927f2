import Auth
import HTTPServer

/// `/pictures/{digest}`: uploaded pictures, for any client that knows the address.
struct PictureRoutes: Sendable {
    let accounts: AccountService

    func addRoutes(to site: RouteGroup<AppContext>) {
        site.get("pictures/{digest}", summary: "A user's picture", use: show)
    }

    /// Serves an upload strictly as an image, without content sniffing. Its address is derived from its content, so it
    /// never changes.
    @Sendable private func show(_ request: Request, _ context: AppContext) async throws -> Response {
        guard let picture = try await accounts.picture(context.parameters["digest"]) else {
            throw HTTPError(.notFound, "There is no such picture.")
        }
        let etag = "\"\(picture.digest)\""
        let headers: [(String, String)] = [
            ("cache-control", "private, max-age=31536000, immutable"), ("etag", etag),
            ("content-security-policy", "default-src 'none'; sandbox"), ("x-content-type-options", "nosniff"),
            // Front ends on other origins embed it, too.
            ("cross-origin-resource-policy", "cross-origin"),
        ]
        if request.has(etag: etag) { return Response(status: .notModified, headers: .init(headers)) }
        return Response(
            status: .ok, contentType: picture.format.mediaType, bytes: picture.content, headers: .init(headers))
    }
}
