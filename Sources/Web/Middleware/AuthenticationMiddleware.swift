import Auth
import Domain
import HTTPServer

/// Finds out who calls the API: by `Authorization: Bearer …`, or by the session cookie of a page from here or from a
/// trusted origin. Lets everybody through; the context of a route decides who gets in.
struct APIAuthentication: Middleware {
    let bearer: BearerAuthentication
    let sessions: SessionService
    let cookie: SessionCookie
    let origins: OriginPolicy

    func handle(_ request: Request, context: AppContext, next: Handler<AppContext>) async throws -> Response {
        var context = context
        do {
            if let token = try Self.bearerToken(request) {
                context.authentication = .identity(try await identity(token, request))
            } else if let value = request.cookies[cookie.name] {
                // A browser sends cookies along with requests that other sites make it send.
                try await origins.check(request, recordingIn: sessions.audit)
                if let token = try cookie.token(in: value),
                    let identity = try await sessions.identity(sessionToken: token)
                {
                    context.authentication = .identity(identity)
                }
            }
        } catch let error as AppError {
            // Only a proof that is no good makes a caller a stranger; that it could not be looked at does not.
            switch error {
            case .storageUnavailable, .outcomeUnknown, .overloaded: throw error
            default: context.authentication = .refused(error)
            }
        }
        do {
            return try await next(request, context)
        } catch AppError.forbidden(let sentence) {
            if let identity = context.identity {
                await sessions.accessRefused(to: identity, from: Client(request))
            }
            throw AppError.forbidden(sentence)
        }
    }

    /// A token that is refused, and not merely too old, is recorded.
    private func identity(_ token: String, _ request: Request) async throws -> Identity {
        do {
            return try await bearer.identity(token) { Client(request) }
        } catch let error as AppError {
            if error == .invalidToken { await sessions.tokenRefused(token, from: Client(request)) }
            throw error
        }
    }

    /// RFC 6750, section 2.1; the scheme's case doesn't matter (RFC 9110, section 11.1). Two fields could mean two
    /// people, so they are refused.
    private static func bearerToken(_ request: Request) throws -> String? {
        let fields = request.headers["authorization"]
        guard let field = fields.first else { return nil }
        guard fields.count == 1 else { throw AppError.invalidToken }
        let parts = field.utf8.split(separator: 0x20, maxSplits: 1)
        guard let scheme = parts.first, scheme.map(\.asciiLowercased).elementsEqual("bearer".utf8) else { return nil }
        // A scheme without a token is no proof at all.
        return parts.count == 2 ? String(Substring(parts[1])) : nil
    }
}

/// Finds out who looks at a page, by the session cookie, and what the forms on it are bound to.
struct PageAuthentication: Middleware {
    let sessions: SessionService
    let cookie: SessionCookie
    let visitors: VisitorCookie

    func handle(_ request: Request, context: AppContext, next: Handler<AppContext>) async throws -> Response {
        var context = context
        let cookies = request.cookies
        if let value = cookies[cookie.name], let token = try cookie.token(in: value),
            let identity = try await sessions.identity(sessionToken: token), let session = identity.session
        {
            context.authentication = .identity(identity)
            context.formHolder = session.id.rawValue
            return try await next(request, context)
        }
        if let visitor = visitors.id(in: cookies) {
            context.formHolder = visitor
            return try await next(request, context)
        }
        let visitor = try visitors.makeID()
        context.formHolder = visitor
        var response = try await next(request, context)
        response.setCookie(visitors.cookie(for: visitor))
        return response
    }
}

/// Tells one browser that has not signed in from another, so that its sign-in form can be bound to it.
package struct VisitorCookie: Sendable {
    private let name: String
    private let isSecure: Bool

    package init(isSecure: Bool) {
        // __Host- keeps a subdomain from planting one (RFC 6265bis, section 4.1.3.2).
        name = (isSecure ? "__Host-" : "") + "latchkey.visitor"
        self.isSecure = isSecure
    }

    func makeID() throws -> String { try Crypto.randomAlphanumerics(32) }

    func id(in cookies: Cookies) -> String? {
        guard let value = cookies[name], value.utf8.count == 32 else { return nil }
        return value
    }

    func cookie(for id: String) -> SetCookie { SetCookie(name: name, value: id, maxAge: nil, isSecure: isSecure) }
}

/// Tells a browser that has signed in here before from a stranger's; it signs nobody in (see `KnownDevices`).
enum DeviceCookie {
    /// Over https the first, over http the second. Both are read: what is in it is looked up either way.
    static let names = ["__Host-latchkey.device", "latchkey.device"]

    static func cookie(_ value: String, isSecure: Bool) -> SetCookie {
        SetCookie(
            name: names[isSecure ? 0 : 1], value: value, maxAge: KnownDevices.lifetimeSeconds, isSecure: isSecure)
    }
}
