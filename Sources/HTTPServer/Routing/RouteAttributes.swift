/// The properties of a route that decide how its requests are treated outside its handler. They are declared with the
/// route and travel with every request that matches it, so no rule depends on the spelling of a path.
package struct RouteAttributes: Sendable, Equatable {
    /// The format of error responses.
    package enum ErrorShape: Sendable {
        /// HTML.
        case page
        /// A problem document (RFC 9457).
        case problem
        /// `{message, code}`, as Better Auth's clients expect it.
        case messageAndCode
    }

    /// The origins whose pages may read the responses (Fetch standard, CORS protocol).
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

    /// The scopes that a scoped bearer token needs (RFC 6750, section 3.1); nil admits none.
    package struct Scopes: Sendable, Equatable {
        package var toRead: String?
        package var toChange: String?

        package init(toRead: String? = nil, toChange: String? = nil) {
            (self.toRead, self.toChange) = (toRead, toChange)
        }
    }

    package var errors = ErrorShape.page
    package var crossOrigin = CrossOriginAccess.none
    package var plainHTTP = PlainHTTP.redirect
    package var scopes = Scopes()
    /// True if a request here can begin a session.
    package var signsIn = false
    /// True if the forms here are meant for visitors without a session.
    package var isForVisitors = false
    /// True if the form here may upload files.
    package var takesFiles = false
    /// The path parameter that must never be logged.
    package var secretParameter: String?
    /// Bytes; nil if only the server's own limit applies.
    package var maximumBodySize: Int?

    package init() {}

    package var isForPrograms: Bool { errors != .page }
}
