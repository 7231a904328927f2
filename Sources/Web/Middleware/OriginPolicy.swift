import Domain
import HTTPServer
import NIOHTTP1

/// Which pages may make a browser change something here.
package struct OriginPolicy: Sendable {
    private let ownOrigin: String?
    private let trustedOrigins: [String]

    package init(ownOrigin: String?, trustedOrigins: [String]) {
        self.ownOrigin = ownOrigin
        self.trustedOrigins = trustedOrigins
    }

    /// Safe methods change nothing and pass. Any other request must come from here or from a trusted origin, if it
    /// comes from a browser; programs send neither `Origin` nor `Sec-Fetch-Site`.
    /// - Throws: `AppError.forbidden`.
    func check(_ request: Request) throws {
        switch request.method {
        case .GET, .HEAD, .OPTIONS: return
        default: break
        }
        if let origin = request.headers.first(name: "origin") {
            guard isOwn(origin, request) || isTrusted(origin) else { throw Self.refusal }
        } else if let site = request.headers.first(name: "sec-fetch-site") {
            guard site == "same-origin" || site == "none" else { throw Self.refusal }
        }
        // An Origin that is ours while the browser says the page is another's is no browser's doing.
        if let site = request.headers.first(name: "sec-fetch-site"), site == "cross-site" {
            guard let origin = request.headers.first(name: "origin"), isTrusted(origin) else { throw Self.refusal }
        }
    }

    func isTrusted(_ origin: String) -> Bool {
        trustedOrigins.contains { $0.utf8.elementsEqual(origin.utf8) }
    }

    /// Ours is what is configured; where nothing is, what the browser itself believes to be talking to.
    private func isOwn(_ origin: String, _ request: Request) -> Bool {
        if let ownOrigin, ownOrigin.utf8.elementsEqual(origin.utf8) { return true }
        guard let host = request.headers.first(name: "host") else { return false }
        return ["http://", "https://"].contains { origin.utf8.elementsEqual(($0 + host).utf8) }
    }

    private static let refusal = AppError.forbidden("This request came from another site and was not carried out.")
}
