import Basics
import Domain
import HTTPServer

/// Refuses requests with two `Authorization` fields, on every route: they could name two users, and a proxy may have
/// checked the other one.
struct SingleAuthorization: Middleware {
    func handle(_ request: Request, context: AppContext, next: Handler<AppContext>) async throws -> Response {
        guard request.headers["authorization"].count <= 1 else { throw AppError.invalidToken }
        return try await next(request, context)
    }
}

extension Request {
    /// The token of `Authorization: Bearer …` (RFC 6750, section 2.1). The scheme is case-insensitive, and one or more
    /// spaces follow it (RFC 9110, sections 11.1 and 11.4). Nil if there is no token, or another scheme.
    var bearerToken: String? {
        guard let field = headers.first(name: "authorization") else { return nil }
        let scheme = field.utf8.prefix { $0 != 0x20 }
        guard scheme.map(\.asciiLowercased).elementsEqual("bearer".utf8) else { return nil }
        var token = field.utf8[scheme.endIndex...].drop { $0 == 0x20 }
        while let last = token.last, last == 0x20 || last == 0x09 { token = token.dropLast() }
        return token.isEmpty ? nil : String(Substring(token))
    }
}
