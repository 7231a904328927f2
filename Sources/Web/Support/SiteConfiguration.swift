import Basics

/// What the site must know about where it stands.
package struct SiteConfiguration: Sendable {
    /// Whether browsers reach us over https, directly or through a proxy: decides about Secure cookies and HSTS.
    package var isHTTPS: Bool
    /// Our own origin, `https://tasks.example.com`: the issuer of the tokens that other services verify, and their
    /// audience unless another is asked for.
    package var ownOrigin: @Sendable () -> String
    /// Other services that such tokens may be made for, as `aud` names them.
    package var tokenAudiences: [String]
    /// Whether that is the only address there is, and not a guess.
    package var isOwnOriginConfigured: Bool
    /// Other origins whose pages may call the API with credentials.
    package var trustedOrigins: [OriginPattern]
    /// Whether error pages may tell a developer more.
    package var isDevelopment: Bool
    /// Bytes of answers that are kept, to be given again while nothing has changed; 0 for none.
    package var answerCacheSize: Int

    package init(
        isHTTPS: Bool, ownOrigin: @escaping @Sendable () -> String, isOwnOriginConfigured: Bool,
        trustedOrigins: [OriginPattern], tokenAudiences: [String] = [], isDevelopment: Bool, answerCacheSize: Int
    ) {
        self.isHTTPS = isHTTPS
        self.ownOrigin = ownOrigin
        self.isOwnOriginConfigured = isOwnOriginConfigured
        self.trustedOrigins = trustedOrigins
        self.tokenAudiences = tokenAudiences
        self.isDevelopment = isDevelopment
        self.answerCacheSize = answerCacheSize
    }
}
