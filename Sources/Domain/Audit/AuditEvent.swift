import Basics

/// Something that happened to an account, a session or the server itself, for the audit trail. It never holds a
/// password, a token or a cookie.
package struct AuditEvent: Sendable, Hashable {
    /// What happened, by the names of the OWASP logging vocabulary where it has one.
    package enum Kind: String, Sendable, CaseIterable {
        case userCreated = "user_created"
        case userActivated = "user_activated"
        case userDeactivated = "user_deactivated"
        case userDeleted = "user_deleted"
        case usersImported = "users_imported"
        case signedIn = "authn_login_success"
        case signInFailed = "authn_login_fail"
        case signedOut = "session_logout"
        /// One or several sessions were ended other than by signing out.
        case sessionsRevoked = "authn_token_revoked"
        /// Something that opens an account was made: a link that sets a new password.
        case tokenCreated = "authn_token_created"
        /// A bearer token of nobody's, or whose signature is not ours.
        case tokenRefused = "authn_token_fail"
        /// A token or a link was used that was good once.
        case tokenReused = "authn_token_reuse"
        case passwordChanged = "authn_password_change"
        case passwordChangeFailed = "authn_password_change_fail"
        /// Somebody who is signed in asked for what is not theirs.
        case accessRefused = "authz_fail"
        /// A form did not come from our own page.
        case formRefused = "malicious_csrf"
        /// A page of another site tried to change something.
        case originRefused = "malicious_cors"
        /// Somebody was turned away unheard, for having tried too often.
        case throttled = "excess_rate_limit_exceeded"
        case keyCreated = "crypt_key_created"
        case keyRotated = "crypt_key_rotated"
        case keyRevoked = "crypt_key_revoked"
        case serverStarted = "sys_startup"
        case serverStopped = "sys_shutdown"
        /// Written by the trail itself when it finds its end altered, so that what follows can't cover that up.
        case trailBroken = "sys_audit_broken"
        /// The oldest rows were deleted, as somebody asked or the retention says.
        case trailPruned = "sys_audit_pruned"
    }

    package enum Outcome: String, Sendable {
        case success
        case fail
    }

    /// Who did it.
    package enum Actor: Sendable, Hashable, CustomStringConvertible {
        /// Whoever was at the other end of the connection.
        case user
        case server
        /// Somebody at the server's command line, by their name in the operating system.
        case commandLine(String)

        package var description: String {
            switch self {
            case .user: "user"
            case .server: "server"
            case .commandLine(let name): "command line: \(name)"
            }
        }
    }

    /// Who did it, and from where.
    package struct Source: Sendable, Hashable {
        package var actor: Actor
        /// Empty where there was no connection.
        package var ipAddress: String
        package var userAgent: String
        package var requestID: String?
        /// The request: method and path, without a query and without secrets.
        package var request: String?

        package init(
            actor: Actor, ipAddress: String = "", userAgent: String = "", requestID: String? = nil,
            request: String? = nil
        ) {
            self.actor = actor
            self.ipAddress = ipAddress
            self.userAgent = userAgent
            self.requestID = requestID
            self.request = request
        }

        package static let server = Source(actor: .server)
    }

    package struct Detail: Sendable, Hashable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package var at: Timestamp
    package var kind: Kind
    package var outcome: Outcome
    package var source: Source
    /// Whose account it was; kept when the account is gone.
    package var userID: UserID?
    /// For an address without an account: what tells it from others without telling what it is.
    package var addressDigest: String?
    package var sessionID: SessionID?
    package var details: [Detail]

    package init(
        _ kind: Kind, _ outcome: Outcome = .success, at time: Timestamp, by source: Source, user: UserID? = nil,
        addressDigest: String? = nil, session: SessionID? = nil, _ details: [Detail] = []
    ) {
        at = time
        self.kind = kind
        self.outcome = outcome
        self.source = source
        userID = user
        self.addressDigest = addressDigest
        sessionID = session
        self.details = details
    }
}
