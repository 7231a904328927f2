import Auth
import Basics
import Crypto
import HTTPServer
import NIOHTTP1

/// `/.well-known/jwks.json` and `/api/auth/jwks`: the public keys, for verifiers.
struct JWKSAPI: Sendable {
    let keys: KeyRing

    /// - Parameter api: the API's group, which serves the same document at Better Auth's address.
    func addRoutes(to site: RouteGroup<AppContext>, and api: RouteGroup<AppContext>) {
        site.area(".well-known", errors: .problem, crossOrigin: .anyOrigin, plainHTTP: .redirect)
            .get("jwks.json", summary: "The public keys", Self.operation, use: show)
        api.setting(\.crossOrigin, to: .anyOrigin).get(
            "auth/jwks", summary: "The public keys",
            Self.operation.mounted(as: "OfBetterAuth", linkingTo: "", passing: []), use: show)
    }

    /// The output of `KeyRing.publicKeys`.
    private static var operation: Operation {
        let keyID = JSONSchema.string("0199d5a4-0a1b-7c2d-8e3f-4a5b6c7d8e9f")
        let number = JSONSchema.string(pattern: "^[A-Za-z0-9_-]+$", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
        return Operation(
            "publicKeys", .server, "They verify the 15-minute tokens that other services get.",
            answers: [
                .json(
                    .ok, "A JWK Set (RFC 7517).",
                    .answer(
                        nil,
                        .required(
                            "keys",
                            .array(
                                of: .either(
                                    .answer(
                                        "Ed25519Key", .required("alg", .words("EdDSA")),
                                        .required("crv", .words("Ed25519")), .required("x", number),
                                        .required("kty", .words("OKP")), .required("kid", keyID)),
                                    .answer(
                                        "RSAKey", .required("alg", .words("RS256")),
                                        .required("e", number.showing("AQAB")),
                                        .required("n", number), .required("kty", .words("RSA")),
                                        .required("kid", keyID)))))), headers: [.etag]),
                .notModified, .unavailable,
            ])
    }

    @Sendable private func show(_ request: Request, _ context: AppContext) async throws -> Response {
        let document = try await keys.publicKeys()
        let etag = "\"\(try SHA256.hexadecimalHash(document).prefix(32))\""
        // Included in `KeyRing.publicationSeconds`: a cache may hold the set this long before a verifier fetches it.
        let caching: [(String, String)] = [("cache-control", "public, max-age=60"), ("etag", etag)]
        if request.has(etag: etag) {
            return Response(status: .notModified, headers: .init(caching))
        }
        return Response(status: .ok, contentType: "application/json", bytes: document, headers: .init(caching))
    }
}
