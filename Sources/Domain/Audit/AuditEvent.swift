import Basics

/// Something that happened to an account, a session or the server itself, for the audit trail. It never holds a
/// password, a token or a cookie.
package struct AuditEvent: Sendable, Hashable {
    /// Event types, named after the OWASP logging vocabulary where it has a term.
    package enum Kind: String, Sendable, CaseIterable {
        case userCreated = "user_created"
        case userActivated = "user_activated"
        case userDeactivated = "user_deactivated"
        /// The user asked for the account's deletion, and has time to think again.
        case deletionRequested = "user_deletion_requested"
        case deletionCancelled = "user_deletion_cancelled"
        case userDeleted = "user_deleted"
        case usersImported = "users_imported"
        /// The user became an admin, or is no longer one.
        case roleChanged = "privilege_permissions_changed"
        case invitationCreated = "invitation_created"
        /// An account was created with an invitation.
        case invitationUsed = "invitation_used"
        case invitationRevoked = "invitation_revoked"
        case signedIn = "authn_login_success"
        case signInFailed = "authn_login_fail"
        /// The second factor is locked for a time, after wrong codes in a row.
        case secondFactorLocked = "authn_login_lock"
        case secondFactorAdded = "second_factor_added"
        case secondFactorRemoved = "second_factor_removed"
        case secondFactorConfirmed = "second_factor_confirmed"
        /// A user without a password has shown with a mailed code to be the owner.
        case ownerConfirmed = "owner_confirmed"
        /// The second factor is asked for on all devices again.
        case devicesUntrusted = "second_factor_devices_untrusted"
        case recoveryCodesCreated = "recovery_codes_created"
        case recoveryCodesRemoved = "recovery_codes_removed"
        /// Two recovery codes asked for a new password, which waits.
        case resetRequested = "password_reset_requested"
        case resetStopped = "password_reset_stopped"
        case passkeyAdded = "passkey_added"
        case passkeyRemoved = "passkey_removed"
        /// The counter of a passkey did not grow: there may be a copy, and it is refused.
        case passkeySuspected = "passkey_suspected"
        /// An account at a sign-in provider was linked to the user's.
        case providerLinked = "provider_linked"
        case providerUnlinked = "provider_unlinked"
        case signedOut = "session_logout"
        /// Sessions were ended other than by signing out, or API tokens.
        case sessionsRevoked = "authn_token_revoked"
        /// A credential was created: an API token, or a link that sets a new password.
        case tokenCreated = "authn_token_created"
        /// A bearer token that belongs to no user, or whose signature is not ours.
        case tokenRefused = "authn_token_fail"
        /// A token or link that is no longer valid was used.
        case tokenReused = "authn_token_reuse"
        /// The user has shown that the account's address is theirs.
        case emailVerified = "email_verified"
        case emailChanged = "email_changed"
        /// The owner has undone a change with the link in the notice of it.
        case accountRecovered = "account_recovered"
        /// An e-mail was refused for good, or could not be sent in time.
        case mailUndelivered = "mail_undelivered"
        /// Mail that waits or was given up is to be tried again now.
        case mailRetried = "mail_retried"
        case passwordChanged = "authn_password_change"
        case passwordChangeFailed = "authn_password_change_fail"
        /// A signed-in user requested something that belongs to another.
        case accessRefused = "authz_fail"
        /// A form did not come from one of our pages.
        case formRefused = "malicious_csrf"
        /// A page of another site tried to make a change.
        case originRefused = "malicious_cors"
        /// A request was rejected by a throttle before it was processed.
        case throttled = "excess_rate_limit_exceeded"
        case keyCreated = "crypt_key_created"
        case keyRotated = "crypt_key_rotated"
        case keyRevoked = "crypt_key_revoked"
        case serverStarted = "sys_startup"
        case serverStopped = "sys_shutdown"
        /// Written by the trail itself when it finds its end altered, so that later rows can't cover that up.
        case trailBroken = "sys_audit_broken"
        /// The oldest rows were deleted, by command or by the retention setting.
        case trailPruned = "sys_audit_pruned"
        /// The database was replaced by a backup: what happened since then is not in the trail.
        case databaseRestored = "sys_restored"
    }

    package enum Outcome: String, Sendable {
        case success
        case fail
    }

    /// The actor behind an event.
    package enum Actor: Sendable, Hashable, CustomStringConvertible {
        /// The client at the other end of the connection.
        case user
        /// An admin who is not the user concerned, at the other end of the connection.
        case admin(UserID)
        case server
        /// An operator at the server's command line, by operating system user name.
        case commandLine(String)

        package var description: String {
            switch self {
            case .user: "user"
            case .admin(let id): "\(AuditEvent.adminPrefix)\(id)"
            case .server: "server"
            case .commandLine(let name): "\(AuditEvent.commandLinePrefix)\(name)"
            }
        }
    }

    /// The actor and its origin.
    package struct Source: Sendable, Hashable {
        package var actor: Actor
        /// Empty if there was no connection.
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
    /// The account concerned; kept after the account is deleted.
    package var userID: UserID?
    /// A keyed digest of an address without an account: distinguishes addresses without revealing them.
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

    /// The beginnings of actors that have a name.
    package static let adminPrefix = "admin: "
    package static let commandLinePrefix = "command line: "

    /// The admin whom the text of an actor names; nil for other actors.
    package static func admin(named actor: String) -> UserID? {
        actor.hasPrefix(adminPrefix) ? UserID(rawValue: String(actor.dropFirst(adminPrefix.count))) : nil
    }
}
