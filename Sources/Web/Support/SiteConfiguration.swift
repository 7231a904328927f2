import Basics
import Domain

/// The site's deployment settings.
package struct SiteConfiguration: Sendable {
    /// True if browsers connect over https, directly or through a proxy: enables Secure cookies and HSTS.
    package var isHTTPS: Bool
    /// Our own origin, `https://tasks.example.com`: the issuer of the tokens that other services verify, and their
    /// audience unless another is requested.
    package var ownOrigin: @Sendable () -> String
    /// Other services that such tokens may be issued for, as named in `aud`.
    package var tokenAudiences: [String]
    /// True if it is the only address, and not a guess.
    package var isOwnOriginConfigured: Bool
    /// Other origins whose pages may call the API with credentials.
    package var trustedOrigins: [OriginPattern]
    /// True if error pages may show details for developers.
    package var isDevelopment: Bool
    /// True if this server can send mail.
    package var hasMail: Bool
    package var emailVerification: EmailVerification
    /// The size of the response cache in bytes; 0 for none.
    package var answerCacheSize: Int
    /// The way to reach the operator; nil if it is not published.
    package var contact: Contact?

    /// The host that pages may name as this server's, with its port unless that is the scheme's; nil if it is a guess.
    var host: String? {
        guard isOwnOriginConfigured, let origin = WebOrigin(url: ownOrigin()) else { return nil }
        return String(origin.text.dropFirst(origin.scheme.count + "://".count))
    }

    package init(
        isHTTPS: Bool, ownOrigin: @escaping @Sendable () -> String, isOwnOriginConfigured: Bool,
        trustedOrigins: [OriginPattern], tokenAudiences: [String] = [], isDevelopment: Bool, hasMail: Bool = false,
        emailVerification: EmailVerification = .off, answerCacheSize: Int, contact: Contact? = nil
    ) {
        self.isHTTPS = isHTTPS
        self.ownOrigin = ownOrigin
        self.isOwnOriginConfigured = isOwnOriginConfigured
        self.trustedOrigins = trustedOrigins
        self.tokenAudiences = tokenAudiences
        self.isDevelopment = isDevelopment
        self.hasMail = hasMail
        self.emailVerification = emailVerification
        self.answerCacheSize = answerCacheSize
        self.contact = contact
    }
}
