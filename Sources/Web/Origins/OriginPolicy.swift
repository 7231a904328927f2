import Auth
import Basics
import Domain
import HTTPServer
import Logging
import NIOHTTP1

/// The policy on pages that may make a browser change something here.
package struct OriginPolicy: Sendable {
    private let ownOrigin: @Sendable () -> String
    private let isConfigured: Bool
    private let trustedOrigins: [OriginPattern]
    private let refused: RefusedOrigins
    private let audit: AuditTrail

    /// - Parameter isConfigured: true if `ownOrigin` is the only address of this server. If it is a guess, the host
    ///   that the browser addressed counts as well.
    package init(
        ownOrigin: @escaping @Sendable () -> String, isConfigured: Bool, trustedOrigins: [OriginPattern],
        audit: AuditTrail, logger: Logger
    ) {
        self.ownOrigin = ownOrigin
        self.isConfigured = isConfigured
        self.trustedOrigins = trustedOrigins
        self.audit = audit
        refused = RefusedOrigins(logger)
    }

    /// Safe methods change nothing and pass. Any other request from a browser must come from this or a trusted origin;
    /// programs send neither `Origin` nor `Sec-Fetch-Site`.
    /// - Throws: `AppError.forbidden`; the refusal is logged and recorded.
    func check(_ request: Request) async throws {
        guard !isAllowed(request) else { return }
        refused.note(request)
        await audit.originRefused(request.headers.first(name: "origin"), from: Client(request))
        throw Self.refusal
    }

    /// Logs a request that a caller of this type has refused.
    func noteRefusal(of request: Request) { refused.note(request) }

    /// Logs a preflight request that gets no permission.
    func notePreflight(_ request: Request) {
        let origin = request.headers.first(name: "origin").flatMap(WebOrigin.init(header:))
        if let origin, isOwnOrTrusted(origin, request) { return }
        refused.note(request)
    }

    private func isAllowed(_ request: Request) -> Bool {
        switch request.method {
        case .GET, .HEAD, .OPTIONS: return true
        default: break
        }
        let header = request.headers.first(name: "origin")
        let origin = header.flatMap(WebOrigin.init(header:))
        if header != nil {
            guard let origin, isOwnOrTrusted(origin, request) else { return false }
        } else if let site = request.headers.first(name: "sec-fetch-site") {
            guard site == "same-origin" || site == "none" else { return false }
        }
        // No browser sends our own Origin while it reports a cross-site page.
        if let site = request.headers.first(name: "sec-fetch-site"), site == "cross-site" {
            guard let origin, isTrusted(origin) else { return false }
        }
        return true
    }

    /// True if the browser itself reports that the request comes from one of our own pages.
    func isSurelyOwn(_ request: Request) -> Bool {
        guard let origin = request.headers.first(name: "origin").flatMap(WebOrigin.init(header:)),
            isOwn(origin, request)
        else { return false }
        return request.headers.first(name: "sec-fetch-site").map { $0 == "same-origin" } ?? true
    }

    func isOwnOrTrusted(_ origin: WebOrigin, _ request: Request) -> Bool {
        isOwn(origin, request) || isTrusted(origin)
    }

    /// True if a browser may be redirected there.
    func isOwnOrTrusted(_ url: WebURL, _ request: Request) -> Bool {
        isOwn(url.origin, request) || trustedOrigins.contains { $0.matches(url) }
    }

    func isTrusted(_ origin: WebOrigin) -> Bool { trustedOrigins.contains { $0.matches(origin) } }

    private func isOwn(_ origin: WebOrigin, _ request: Request) -> Bool {
        if ownOrigin().hasSameBytes(as: origin.text) { return true }
        guard !isConfigured, let host = request.headers.first(name: "host") else { return false }
        return ["http://", "https://"].contains { WebURL($0 + host)?.origin == origin }
    }

    static let refusal = AppError.forbidden(
        "This request came from another site and was refused. If it is one to trust, ask the operator of this server: the log names the setting that allows it."
    )
}
