import Auth
import Domain
import HTTPServer

/// The context of every request.
package struct AppContext: RequestContext {
    package var parameters = PathParameters()
    /// The caller, as far as an authentication middleware has identified it.
    package var authentication = Authentication.none
    /// The identifier that the sender's forms are bound to: the session's id, or a visitor's cookie.
    package var csrfSubject = ""
    /// Alternative identifiers, if a visitor has several cookies of one name.
    package var otherCSRFSubjects: [String] = []

    package init() {}

    package enum Authentication: Sendable {
        case none
        case identity(Identity)
        /// A credential was presented and is invalid; the error explains why.
        case refused(AppError)
    }

    package var identity: Identity? {
        if case .identity(let identity) = authentication { identity } else { nil }
    }
}
