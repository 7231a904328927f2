/// What the site must know about where it stands.
package struct SiteConfiguration: Sendable {
    /// Whether browsers reach us over https, directly or through a proxy: decides about Secure cookies and HSTS.
    package var isHTTPS: Bool
    /// Our own origin, `https://tasks.example.com`, where it is configured.
    package var ownOrigin: String?
    /// Other origins whose pages may call the API with credentials, exactly as browsers write them.
    package var trustedOrigins: [String]
    /// Whether error pages may tell a developer more.
    package var isDevelopment: Bool

    package init(isHTTPS: Bool, ownOrigin: String?, trustedOrigins: [String], isDevelopment: Bool) {
        self.isHTTPS = isHTTPS
        self.ownOrigin = ownOrigin
        self.trustedOrigins = trustedOrigins
        self.isDevelopment = isDevelopment
    }
}
