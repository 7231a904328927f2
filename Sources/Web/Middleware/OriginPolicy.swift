import Domain
import HTTPServer
import NIOHTTP1

/// Which pages may make a browser change something here.
package struct OriginPolicy: Sendable {
    private let ownOrigin: @Sendable () -> String
    private let isConfigured: Bool
    private let trustedOrigins: [String]

    /// - Parameter isConfigured: whether `ownOrigin` is the one address that there is. Where it is a guess, what the
    ///   browser itself believes to be talking to counts as well.
    package init(ownOrigin: @escaping @Sendable () -> String, isConfigured: Bool, trustedOrigins: [String]) {
        self.ownOrigin = ownOrigin
        self.isConfigured = isConfigured
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

    func isOwnOrTrusted(_ origin: String, _ request: Request) -> Bool { isOwn(origin, request) || isTrusted(origin) }

    /// An entry is a whole origin, or a pattern of Better Auth's: `*` and `**` for any text, `?` for one character,
    /// against the origin when it names a scheme and against host and port when it does not.
    func isTrusted(_ origin: String) -> Bool {
        trustedOrigins.contains { entry in
            guard entry.utf8.contains(where: { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }) else {
                return entry.utf8.elementsEqual(origin.utf8)
            }
            guard let scheme = origin.firstRange(of: "://") else { return false }
            let subject = entry.contains("://") ? origin[...] : origin[scheme.upperBound...]
            return Self.matches(Array(entry.utf8)[...], Array(subject.utf8)[...])
        }
    }

    private static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        // The latest star, and how much of the text it has taken: going back to it is all that ever helps.
        var (pattern, text) = (pattern, text)
        var (star, taken): (ArraySlice<UInt8>?, ArraySlice<UInt8>) = (nil, [])
        while let byte = text.first {
            if pattern.first == UInt8(ascii: "*") {
                pattern = pattern.dropFirst()
                (star, taken) = (pattern, text)
            } else if let wanted = pattern.first, wanted == byte || wanted == UInt8(ascii: "?") {
                (pattern, text) = (pattern.dropFirst(), text.dropFirst())
            } else if let resumed = star {
                taken = taken.dropFirst()
                (pattern, text) = (resumed, taken)
            } else {
                return false
            }
        }
        return pattern.allSatisfy { $0 == UInt8(ascii: "*") }
    }

    private func isOwn(_ origin: String, _ request: Request) -> Bool {
        if ownOrigin().utf8.elementsEqual(origin.utf8) { return true }
        guard !isConfigured, let host = request.headers.first(name: "host") else { return false }
        return ["http://", "https://"].contains { origin.utf8.elementsEqual(($0 + host).utf8) }
    }

    static let refusal = AppError.forbidden("This request came from another site and was not carried out.")
}
