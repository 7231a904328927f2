import Auth
import Domain
import HTTPServer

/// What every request carries through the site.
package struct AppContext: RequestContext {
    package var parameters = PathParameters()
    /// Who asks, as far as an authentication middleware found out.
    package var authentication = Authentication.none
    /// What the sender's forms are bound to: the session's id, or a visitor's cookie.
    package var csrfSubject = ""
    /// What else they may be bound to, where a visitor has several cookies of one name.
    package var otherFormHolders: [String] = []

    package init() {}

    package enum Authentication: Sendable {
        case none
        case identity(Identity)
        /// A proof was given and is no good; the error says why.
        case refused(AppError)
    }

    package var identity: Identity? {
        if case .identity(let identity) = authentication { identity } else { nil }
    }
}
