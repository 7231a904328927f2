import Basics

/// The result of looking up a request in the route table. It is made once, when the head has arrived, and stays with
/// the request.
package struct RouteMatch: Sendable {
    /// The reason why no handler was found.
    enum Failure: Sendable {
        case notLookedUp
        case notAPath
        case undecodable
        case unknownPath
        case wrongMethod(allowed: String)
    }

    /// The attributes of the route, or of the closest enclosing group if no route matches.
    package let attributes: RouteAttributes
    /// The decoded segments of the path; empty if it cannot be decoded.
    package let segments: [String]
    let endpoint: RouteTable.Endpoint?
    let failure: Failure?
    private let loggable: Loggable

    /// The part of a path that a log may show.
    enum Loggable: Sendable {
        case all
        /// Only the first segments: a secret follows them, or would if the path were right.
        case first(Int)
        /// The first segments, which the route table knows, and after them only those too short to be a secret.
        case shortSegments(after: Int)
    }

    init(
        _ attributes: RouteAttributes, _ segments: [String], endpoint: RouteTable.Endpoint? = nil,
        failure: Failure? = nil, loggable: Loggable
    ) {
        self.attributes = attributes
        self.segments = segments
        self.endpoint = endpoint
        self.failure = failure
        self.loggable = loggable
    }

    /// A request that no router has matched yet.
    package init(_ attributes: RouteAttributes = RouteAttributes()) {
        self.init(attributes, [], failure: .notLookedUp, loggable: .shortSegments(after: -1))
    }

    /// The route, if path and method match one.
    package var route: Route? { endpoint?.route }

    /// The place of the route in the site map.
    var number: Int? { endpoint?.number }

    var isLookedUp: Bool {
        if case .notLookedUp? = failure { false } else { true }
    }

    /// The path of the matched route with the values of this request, in its canonical spelling; empty without a route.
    package var canonicalPath: String {
        guard let endpoint else { return "" }
        var path = ""
        for (index, segment) in endpoint.template.enumerated() {
            path += "/"
            let isParameter = endpoint.parameters.contains { $0.index == index }
            path += isParameter ? PercentEncoding.encodeComponent(segments[index]) : segment
        }
        return path
    }

    /// The length of the shortest text that may be a secret; tokens have at least twice as many characters.
    private static let shortestSecret = 16

    /// The path as it may be logged, in the client's own spelling but without secrets, even if a link with a token in
    /// it was mistyped and matches nothing.
    func loggedPath(_ path: Substring) -> String {
        let (known, hidesAll): (Int, Bool)
        switch loggable {
        case .all: return String(path)
        case .first(let count): (known, hidesAll) = (count, true)
        case .shortSegments(let count): (known, hidesAll) = (count, false)
        }
        var output = ""
        var rest = path.utf8[...]
        var index = -1
        // The part before the first slash, which is empty in a path, counts as segment -1.
        while true {
            let segment = rest.prefix { $0 != UInt8(ascii: "/") }
            if index >= known && hidesAll { return output + "…" }
            output += index < known || segment.count < Self.shortestSecret ? String(Substring(segment)) : "…"
            guard segment.endIndex < rest.endIndex else { return output }
            output += "/"
            rest = rest[segment.endIndex...].dropFirst()
            index += 1
        }
    }
}
