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
            if let token = request.bearerToken {
                context.authentication = .identity(try await identity(token, request))
            } else if request.headers.contains(name: "cookie") {
                let cookies = request.cookies
                // A browser sends cookies along with requests that other sites make it send.
                if !cookies.values(of: cookie.name).isEmpty {
                    try await origins.check(request, recordingIn: sessions.audit)
                }
                if let found = try await sessions.identity(in: cookies, cookie) {
                    context.authentication = .identity(found.identity)
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
}

extension SessionService {
    /// The first live session that a cookie of the request opens. An old cookie of the same name, for a parent domain
    /// say, may come before the good one, so each is tried.
    func identity(in cookies: Cookies, _ cookie: SessionCookie) async throws -> (identity: Identity, token: String)? {
        for value in cookies.values(of: cookie.name) {
            if let token = try cookie.token(in: value), let identity = try await identity(sessionToken: token) {
                return (identity, token)
            }
        }
        return nil
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
        if let identity = try await sessions.identity(in: cookies, cookie)?.identity, let session = identity.session {
            context.authentication = .identity(identity)
            context.formHolder = session.id.rawValue
            return try await next(request, context)
        }
        let known = visitors.ids(in: cookies)
        if let visitor = known.first {
            context.formHolder = visitor
            context.otherFormHolders = Array(known.dropFirst())
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

    func ids(in cookies: Cookies) -> [String] { cookies.values(of: name).filter { $0.utf8.count == 32 } }

    func cookie(for id: String) -> SetCookie { SetCookie(name: name, value: id, maxAge: nil, isSecure: isSecure) }
}

/// Tells a browser that has signed in here before from a stranger's; it signs nobody in (see `KnownDevices`).
enum DeviceCookie {
    /// Over https the first, over http the second. Both are read: what is in it is looked up either way.
    static let names = ["__Host-latchkey.device", "latchkey.device"]

    /// All that a browser holds, separated by spaces: it may have several cookies of one name.
    static func value(in cookies: Cookies) -> String? {
        let values = names.flatMap(cookies.values(of:))
        return values.isEmpty ? nil : values.joined(separator: " ")
    }

    static func cookie(_ value: String, isSecure: Bool) -> SetCookie {
        SetCookie(
            name: names[isSecure ? 0 : 1], value: value, maxAge: KnownDevices.lifetimeSeconds, isSecure: isSecure)
    }
}
