/// The properties of a route that decide how its requests are treated outside its handler. They are declared with the
/// route and travel with every request that matches it, so no rule depends on how a path is spelled.
package struct RouteAttributes: Sendable, Equatable {
    /// The form of an error's answer.
    package enum ErrorShape: Sendable {
        /// HTML.
        case page
        /// A problem document (RFC 9457).
        case problem
        /// `{message, code}`, as Better Auth's clients read it.
        case messageAndCode
    }

    /// The origins whose pages may read the answers (Fetch standard, CORS protocol).
    package enum CrossOriginAccess: Sendable {
        case none
        case trustedOrigins
        /// For public documents: any origin, without credentials.
        case anyOrigin
    }

    /// The treatment of a request on the port that only redirects to HTTPS.
    package enum PlainHTTP: Sendable {
        case redirect
        /// For programs: a redirect would hide that they send credentials in the clear.
        case refuse
        case answer
    }

    package var errors = ErrorShape.page
    package var crossOrigin = CrossOriginAccess.none
    package var plainHTTP = PlainHTTP.redirect
    /// Whether a request here can begin a session.
    package var signsIn = false
    /// Whether the forms here are meant for visitors without a session.
    package var isForVisitors = false
    /// The path parameter that must never be written to a log.
    package var secretParameter: String?
    /// Bytes; nil where only the server's own limit counts.
    package var maximumBodySize: Int?

    package init() {}

    package var isForPrograms: Bool { errors != .page }
}
