import Basics
import HTTPServer
import JSON

/// A request to one of Better Auth's endpoints, with its body parsed and its origin checked, in the real server's
/// order.
struct BetterAuthCall: Sendable {
    /// Nil if there was no body.
    let body: JSONValue?
    let query: FormFields
    /// Redirect targets requested by the client, by parameter name: paths of this site, and URLs on trusted origins,
    /// reassembled from their parsed form.
    private(set) var callbacks: [String: Callback] = [:]

    /// An unmodified path of this site, or a whole URL.
    enum Callback {
        case path(String)
        case url(WebURL)

        var text: String {
            switch self {
            case .path(let text): text
            case .url(let url): url.text
            }
        }

        func appending(query: String) -> String {
            switch self {
            // Has no fragment.
            case .path(let path): path + (path.utf8.contains(UInt8(ascii: "?")) ? "&" : "?") + query
            case .url(let url): url.appending(query: query).text
            }
        }
    }

    init(_ request: Request, _ rules: BetterAuthRules) throws {
        query = (try? request.query()) ?? FormFields()
        body = try Self.body(request)
        if !request.isRead {
            try Self.checkOrigin(request, rules.origins)
        }
        try readCallbacks(rules.origins, request)
    }

    // MARK: The body

    private static func body(_ request: Request) throws -> JSONValue? {
        // A body without a content type is ignored, as in Better Auth's adapter for Node.
        guard !request.isRead, request.body.readableBytes > 0, let type = request.contentType, !type.isEmpty
        else { return nil }
        // Form bodies are accepted only by the routes that sign in, as in the original.
        let takesForms = request.route.attributes.signsIn
        if takesForms, type == "application/x-www-form-urlencoded" {
            var object = JSONObject()
            for (name, value) in try request.form().pairs where object[name] == nil {
                object.append(name, .string(value))
            }
            return .object(object)
        }
        guard isJSON(type) else {
            let allowed = (takesForms ? "application/x-www-form-urlencoded, " : "") + "application/json"
            throw BetterAuthError(
                .unsupportedMediaType, "Content-Type \"\(type)\" is not allowed. Allowed types: \(allowed)",
                code: "UNSUPPORTED_MEDIA_TYPE")
        }
        do throws(JSONError) {
            return try JSONReader.read(request.json)
        } catch {
            throw error.isJSON ? BetterAuthError.refusedJSON(error.reason) : .invalidJSON
        }
    }

    /// `^application/([a-z0-9.+-]*\+)?json`
    private static func isJSON(_ type: String) -> Bool {
        guard type.hasPrefix("application/") else { return false }
        let rest = type.dropFirst("application/".count)
        return rest.hasPrefix("json") || rest.contains("+json")
    }

    // MARK: Origin

    /// Checks the origin of a read that has an effect. Browsers send none with one from a page of ours, and say that it
    /// is from there.
    static func checkOrigin(ofEffectiveRead request: Request, _ rules: BetterAuthRules) throws {
        guard request.headers.first(name: "sec-fetch-site") != "same-origin" else { return }
        try checkOrigin(request, rules.origins)
    }

    private static func checkOrigin(_ request: Request, _ origins: OriginPolicy) throws {
        let headers = request.headers
        let header = headers.first(name: "origin")
        let stated = header ?? headers.first(name: "referer")
        func require() throws {
            guard let stated, !stated.isEmpty, stated != "null" else { throw BetterAuthError.missingOrigin }
            let origin = header != nil ? WebOrigin(header: stated) : WebURL(stated)?.origin
            guard let origin, origins.isOwnOrTrusted(origin, request) else {
                origins.noteRefusal(of: request)
                throw BetterAuthError.invalidOrigin
            }
        }
        if headers.contains(name: "cookie") { return try require() }
        // Signing in creates a session without existing credentials, so its origin is checked more strictly.
        guard request.route.attributes.signsIn else { return }
        // Node's fetch sends Sec-Fetch-Mode but is not a browser; browsers also send Sec-Fetch-Site and Sec-Fetch-Dest.
        let isBrowser = ["sec-fetch-site", "sec-fetch-dest"].contains { headers.contains(name: $0) }
        if isBrowser, headers.first(name: "sec-fetch-site") == "cross-site",
            headers.first(name: "sec-fetch-mode") == "navigate"
        {
            throw BetterAuthError.crossSiteLogin
        }
        if isBrowser || stated != nil { try require() }
    }

    // MARK: Redirect targets

    private mutating func readCallbacks(_ origins: OriginPolicy, _ request: Request) throws {
        for (name, label, code) in [
            ("callbackURL", "callbackURL", "INVALID_CALLBACK_URL"),
            ("redirectTo", "redirectURL", "INVALID_REDIRECT_URL"),
            ("errorCallbackURL", "errorCallbackURL", "INVALID_ERROR_CALLBACK_URL"),
            ("newUserCallbackURL", "newUserCallbackURL", "INVALID_NEW_USER_CALLBACK_URL"),
        ] {
            var url = query[name]
            if case .object(let fields)? = body, let value = fields[name] {
                guard case .string(let text) = value else {
                    throw BetterAuthError(.badRequest, "Invalid \(label): expected a string")
                }
                url = text
            }
            guard let url, !url.isEmpty else { continue }
            guard let callback = Self.callback(url, origins, request) else {
                throw BetterAuthError(.forbidden, "Invalid \(label)", code: code)
            }
            callbacks[name] = callback
        }
    }

    /// The redirect to an application's own page, if the form names one that is trusted: the e-mail had named it.
    static func continuation(of form: FormFields, _ origins: OriginPolicy, _ request: Request) -> Response? {
        guard let next = form["next"], !next.isEmpty else { return nil }
        return callback(next, origins, request).map { .seeOther($0.text) }
    }

    static func callback(_ text: String, _ origins: OriginPolicy, _ request: Request) -> Callback? {
        if text.utf8.first == UInt8(ascii: "/") { return isRelative(text) ? .path(text) : nil }
        guard let url = WebURL(text), origins.isOwnOrTrusted(url, request) else { return nil }
        return .url(url)
    }

    /// `^\/(?!\/|\\|%2f|%5c)[\w\-.\+/@]*(?:\?[\w\-.\+/=&%@]*)?$`, on bytes.
    private static func isRelative(_ url: String) -> Bool {
        let bytes = Array(url.utf8.dropFirst())
        let start = String(decoding: bytes.prefix(3).map(\.asciiLowercased), as: UTF8.self)
        guard bytes.first != UInt8(ascii: "/"), start != "%2f", start != "%5c" else { return false }
        let parts = bytes.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        func consists(_ part: ArraySlice<UInt8>, of marks: String) -> Bool {
            part.allSatisfy { $0.isASCIIAlphanumeric || marks.utf8.contains($0) }
        }
        return consists(parts[0], of: "_-.+/@") && (parts.count == 1 || consists(parts[1], of: "_-.+/=&%@"))
    }
}
