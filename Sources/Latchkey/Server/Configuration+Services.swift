import App
import HTTPServer
import NIOCore
import Storage
import Web

extension Configuration {
    /// - Parameters:
    ///   - ownOrigin: our own origin, which may only be known once a port is bound.
    ///   - isServer: false for a command, which hashes one password at a time and leaves repairs to the server.
    func serviceSettings(ownOrigin: @escaping @Sendable () -> String, isServer: Bool = true) -> ServiceSettings {
        var settings = ServiceSettings()
        settings.hasStrictPasswords = isProduction
        settings.bcryptCost = bcryptCost
        settings.hashThreads = isServer ? max(1, System.coreCount) : 1
        settings.sessionLifetimes = sessionLifetimes
        settings.allowance = allowance
        settings.throttleRules = throttleRules
        // With SQLite this process is the only server.
        if case .postgres = database { settings.sharesThrottles = true }
        settings.signingAlgorithm = signingAlgorithm
        settings.signUp = signUp
        settings.setupTokenFile = isServer ? setupTokenFile : nil
        settings.issuers = issuers
        settings.trustsSharedSecret = trustsSharedSecret
        settings.providers = providers
        settings.allowsPasswordSignIn = allowsPasswordSignIn
        settings.outgoing = outgoing
        settings.sendsMail = mail.way != nil
        settings.emailVerification = mail.verification
        settings.minimumFetchIntervalSeconds = refetchSeconds
        settings.onBrokenAuditTrail = isServer ? .recordAndContinue : .refuse
        settings.isHTTPS = isHTTPS
        settings.cookiesCrossSites = cookies.crossesSites
        settings.cookieDomain = cookies.domain
        settings.ownOrigin = ownOrigin
        return settings
    }

    func siteConfiguration(ownOrigin: @escaping @Sendable () -> String) -> SiteConfiguration {
        SiteConfiguration(
            isHTTPS: isHTTPS, ownOrigin: ownOrigin, isOwnOriginConfigured: publicURL != nil,
            trustedOrigins: trustedOrigins, tokenAudiences: tokenAudiences, isDevelopment: !isProduction,
            hasMail: mail.way != nil, emailVerification: mail.verification, answerCacheSize: answerCacheSize,
            contact: contact)
    }

    /// True if browsers connect over https, directly or through a proxy.
    private var isHTTPS: Bool { tls != nil || (publicURL?.isHTTPS ?? false) }
}
