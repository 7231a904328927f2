import Auth
import Domain
import HTTPClient
import Storage

/// The settings of the services, independent of where they were read from. The defaults suit a test, not a server.
package struct ServiceSettings: Sendable {
    /// True if new passwords are checked against the lists of common ones.
    package var hasStrictPasswords = false
    package var bcryptCost = 4
    /// The number of threads that hash passwords.
    package var hashThreads = 1
    package var sessionLifetimes = SessionLifetimes()
    package var allowance = AllowanceRules.none
    package var throttleRules = ThrottleRules.none
    /// True if the attempts are counted in the database, for all processes that share it.
    package var sharesThrottles = false
    package var signingAlgorithm = KeyRing.Algorithm.edDSA
    /// The rule for creating accounts.
    package var signUp = SignUpPolicy()
    /// The file of the token that makes the first admin; nil where none is offered.
    package var setupTokenFile: SetupTokenFile?
    /// The services whose tokens are accepted, and the minimum interval between two requests for the keys of one.
    package var issuers: [TrustedIssuer] = []
    package var minimumFetchIntervalSeconds: Int64 = 30
    /// True if services that share the secret ask for second factors themselves.
    package var trustsSharedSecret = false
    /// The providers that users may sign in with, and whether passwords sign in, too.
    package var providers: [SignInProvider] = []
    package var allowsPasswordSignIn = true
    /// True if this server can send mail.
    package var sendsMail = false
    package var emailVerification = EmailVerification.off
    /// Connections to other servers.
    package var outgoing = OutgoingSettings()
    /// The reaction to an audit trail whose end does not verify.
    package var onBrokenAuditTrail = AuditChain.OnBrokenEnd.refuse
    /// True if browsers connect over https, directly or through a proxy.
    package var isHTTPS = false
    /// True if pages of other sites may send the session cookie.
    package var cookiesCrossSites = false
    /// The domain whose hosts share the session cookie; nil for our own host alone.
    package var cookieDomain: String?
    /// Our own origin, `https://tasks.example.com`.
    package var ownOrigin: @Sendable () -> String = { "http://localhost" }

    package init() {}
}
