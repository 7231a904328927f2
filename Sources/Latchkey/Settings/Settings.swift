import App
import Auth
import Basics
import Domain
import HTTPClient
import Logging
import Mail
import Web

/// All settings. The table in docs/configuration.md follows this list.
enum Settings {
    static let secret = Setting<String?>(
        "BETTER_AUTH_SECRET", "text of 32 characters or more", shown: "made once, kept in the data directory",
        isSecret: true,
        "Signs tokens and cookies; every service that verifies them needs the same. Must be set in production.")
    static let onceSecret = Setting<String?>(
        "SECRET_KEY_BASE", "as BETTER_AUTH_SECRET", isSecret: true,
        "The name that ONCE uses; read where BETTER_AUTH_SECRET is not set.")
    static let previousSecrets = Setting<[String]>(
        "BETTER_AUTH_SECRET_PREVIOUS", listOf: "secrets", isSecret: true,
        "Secrets that signed before: what they signed is still accepted, nothing new is signed with them."
    ) { $0.utf8.count >= SecretRule.minimumLength ? $0 : nil }
    static let publicURL = Setting<WebURL?>(
        "LATCHKEY_URL", "URL", shown: "BETTER_AUTH_URL, or http://localhost:PORT",
        "Where browsers find this server. With https, cookies are Secure and HSTS is sent. Must be set in production."
    ) { text in WebURL(text).flatMap { $0.origin.isWeb ? $0 : nil } }
    static let allowHTTP = Setting<Bool>(
        "ALLOW_HTTP", default: false,
        "Lets LATCHKEY_URL be http, or missing, in production: for trials, and for networks that no one else can read.")
    static let onceWithoutTLS = Setting<Bool>(
        "DISABLE_SSL", default: false, "As ONCE sets it without a certificate: the same as ALLOW_HTTP.")
    static let betterAuthURL = Setting<WebOrigin?>(
        "BETTER_AUTH_URL", "URL", shown: "LATCHKEY_URL",
        "Where Better Auth is. If that is not this server, the tokens it issues are accepted here."
    ) { WebOrigin(url: $0) }
    static let issuers = Setting<[String]>(
        "TRUSTED_ISSUERS", listOf: "URLs",
        "More services whose tokens are accepted: a service's address, as it is in the iss of its tokens, or its JWK Set's."
    ) { WebAddress($0) == nil ? nil : $0 }
    static let issuersFile = Setting<String?>(
        "TRUSTED_ISSUERS_FILE", "path of a JSON file",
        "An array of such services, each with its issuer and, where needed, audience, jwks_uri and namespace.")
    static let allowHTTPIssuers = Setting<Bool>(
        "ALLOW_HTTP_ISSUERS", default: false,
        "Whether keys may be fetched over plain http from other machines in production, as in a container network.")
    static let tokenIssuer = Setting<String?>(
        "JWT_ISSUER", "text", shown: "the issuer's address",
        "The iss that tokens of the service at BETTER_AUTH_URL, or of the only one, must have.")
    static let tokenAudience = Setting<String?>(
        "JWT_AUDIENCE", "text", shown: "not checked",
        "The aud that tokens of trusted services must have, where TRUSTED_ISSUERS_FILE names no other.")
    /// The entry of `SECOND_FACTOR_TRUSTED` for services that share the secret.
    static let sharedSecretName = "shared-secret"
    static let secondFactorTrusted = Setting<[String]>(
        "SECOND_FACTOR_TRUSTED", listOf: "issuers, or the word shared-secret",
        "Services that ask for a second factor themselves; the tokens of others are refused for accounts that have one."
    ) { $0 }
    static let passwordSignIn = Setting<Bool>(
        "PASSWORD_SIGN_IN", default: true,
        "Whether passwords sign in and make accounts; off needs a sign-in provider. Passwords still confirm sensitive changes."
    )
    static let providersFile = Setting<String?>(
        "OIDC_PROVIDERS_FILE", "path of a JSON file",
        "An array of sign-in providers, each with its name, client_id, issuer or type and, where needed, client_secret or client_secret_file, scopes and label."
    )
    static let refetch = Setting<Int>(
        "JWKS_REFETCH_SECONDS", in: 1...3600, default: 30,
        "How often a trusted service's keys are fetched at most, whatever tokens come.")
    static let tokenAudiences = Setting<[String]>(
        "TOKEN_AUDIENCES", listOf: "texts",
        "Other services that the 15-minute tokens may be made for, with ?audience=; this server accepts only its own."
    ) { $0 }
    static let signingAlgorithm = Setting<KeyRing.Algorithm>(
        "SIGNING_ALGORITHM", "EdDSA or RS256", default: .edDSA, shown: "EdDSA", "The algorithm of new signing keys."
    ) {
        KeyRing.Algorithm(rawValue: $0)
    }
    static let database = Setting<String?>(
        "DATABASE_URL", "sqlite:////absolute/path, sqlite:relative/path or postgresql://…",
        shown: "NEON_DATABASE_URL, or latchkey.db in the data directory", isSecret: true, "Where the data lives.")
    static let neonDatabase = Setting<String?>(
        "NEON_DATABASE_URL", "as DATABASE_URL", isSecret: true,
        "The name that Neon's guides use; read where DATABASE_URL is not set.")
    static let poolSize = Setting<Int>(
        "DATABASE_POOL_SIZE", in: 1...500, default: 10, "How many connections to PostgreSQL are opened at most.")
    static let databaseTimeout = Setting<Int>(
        "DATABASE_TIMEOUT_SECONDS", in: 1...60, default: 5,
        "How long PostgreSQL has for a read or a write, the wait for a connection included; after that, requests get 503."
    )
    static let answerCache = Setting<Int>(
        "ANSWER_CACHE_MIB", in: 0...1024, default: 4,
        "Memory for lists and pages that are served again while the tasks they show are the same; 0 for none. Not used in development."
    )
    static let accountQuota = Setting<Int>(
        "ACCOUNT_QUOTA_MIB", in: 0...1_048_576, default: 256,
        "How much one account's tasks may take, deleted ones included; beyond it, requests get 507. 0 for no limit.")
    static let accountRate = Setting<Int>(
        "ACCOUNT_WRITE_KIB_PER_SECOND", in: 0...1_048_576, default: 1024,
        "How much text and pictures one account may write in a second, on average; beyond it, requests get 429. 0 for no limit."
    )
    static let accountBurst = Setting<Int>(
        "ACCOUNT_WRITE_BURST_MIB", in: 1...1024, default: 16, "How much of that may come at once after a quiet time.")
    static let diskReserve = Setting<Int>(
        "DISK_RESERVE_MIB", in: 0...1_048_576, default: 64,
        "Room on the disk that tasks leave to sessions and the audit trail; below it they get 507. Only with SQLite.")
    static let frontend = Setting<[String]>(
        "FRONTEND_URL", listOf: "URLs", "Front ends on other origins whose pages may call the API."
    ) { $0 }
    static let trustedOrigins = Setting<[String]>(
        "BETTER_AUTH_TRUSTED_ORIGINS", listOf: "origins or patterns",
        "More origins of that kind, as Better Auth writes them: https://*.example.com, http://localhost:*, myapp://."
    ) { $0 }
    static let cookieSameSite = Setting<Bool>(
        "COOKIE_SAME_SITE", "lax or none", default: false, shown: "lax",
        "With none, front ends on other sites get the session cookie too (SameSite=None; Secure; Partitioned)."
    ) { ["lax": false, "none": true][$0.lowercased()] }
    static let cookieDomain = Setting<String?>(
        "COOKIE_DOMAIN", "domain", shown: "this host alone",
        "The domain whose hosts all get the session cookie, for a front end whose own server reads it.")
    static let host = Setting<String>(
        "HOST", "address", default: "localhost", "The address to listen on; localhost is 127.0.0.1 and ::1, :: is all.")
    static let port = Setting<Int>(
        "PORT", in: 0...65535, default: 8000, "The port to listen on; 0 for any that is free.")
    static let trustedProxies = Setting<[IPNetwork]>(
        "TRUSTED_PROXIES", listOf: "addresses or ranges (10.0.0.0/8)",
        "Proxies whose X-Forwarded-For or Forwarded says who the client is; anybody else's is ignored."
    ) { IPNetwork($0) }
    static let maximumConnections = Setting<Int>(
        "MAX_CONNECTIONS", in: 1...1_000_000, default: 8192,
        "Open connections; for one more, the one that has been idle longest is closed.")
    static let connectionsPerNetwork = Setting<Int?>(
        "MAX_CONNECTIONS_PER_NETWORK", in: 1...1_000_000, shown: "a quarter of MAX_CONNECTIONS",
        "Open connections from one client address (IPv6: /64, twice as many from a /48). Trusted proxies have no limit of their own."
    )
    static let idleTimeout = Setting<Int>(
        "IDLE_TIMEOUT_SECONDS", in: 1...3600, default: 180,
        "How long a connection may stay open between requests. Keep it longer than a proxy in front keeps its own.")
    static let throttle = Setting<Bool>(
        "THROTTLE", default: true, "Whether wrong passwords and sign-ups are limited at all.")
    static let throttleAddress = limits(
        "THROTTLE_ADDRESS", "15/60, 100/3600", "Wrong passwords from one client address (IPv6: /64).")
    static let throttleAccount = limits(
        "THROTTLE_ACCOUNT", "50/900", "Wrong passwords for one account from all addresses together.")
    static let throttleDevice = limits(
        "THROTTLE_DEVICE", "10/900",
        "Wrong passwords for one account from a device that has signed in to it before; attempts from other devices don't count here."
    )
    static let throttleSignUp = limits(
        "THROTTLE_SIGN_UP", "20/600",
        "Sign-ups from one client address. In development, this machine's own don't count.")
    static let signUp = Setting<SignUpPolicy.Mode>(
        "SIGN_UP", "open, invited or closed", default: .open, shown: "open",
        "Who may make an account: all, those with an invitation (latchkey invite), or none. Accounts that exist go on."
    ) { SignUpPolicy.Mode(rawValue: $0.lowercased()) }
    static let signUpDomains = Setting<[EmailDomain]>(
        "SIGN_UP_DOMAINS", "domains (example.com, *.example.com), separated by commas", default: [], shown: "all",
        "The domains of the e-mail addresses that may sign up, with an invitation too; *. stands for those below a domain."
    ) { text in
        let parts = text.split(separator: ",").map { $0.trimmingWhitespace() }.filter { !$0.isEmpty }
        let domains = parts.compactMap { EmailDomain(String($0)) }
        // A list without a domain is a mistake: it would admit all of them.
        return domains.isEmpty || domains.count != parts.count ? nil : domains
    }
    static let adminEmails = Setting<[EmailAddress]>(
        "ADMIN_EMAILS", listOf: "e-mail addresses",
        "Accounts that are made admins when the server starts, if they have verified these addresses. It takes nothing away."
    ) { EmailAddress($0) }
    static let sessionIdleDays = Setting<Int>(
        "SESSION_IDLE_DAYS", in: 1...400, default: 7, "After how many days without use a session ends.")
    static let sessionMaximumDays = Setting<Int>(
        "SESSION_MAX_DAYS", in: 1...400, default: 30, "After how many days a session ends however much it is used.")
    static let auditRetention = Setting<Int?>(
        "AUDIT_RETENTION_DAYS", in: 1...3650, shown: "none: rows are kept",
        "After how many days rows of the audit trail are deleted; a sealed checkpoint takes their place.")
    static let backupDirectory = Setting<String?>(
        "BACKUP_DIR", "directory", shown: "backups in the data directory",
        "Where backups are kept; made if missing. Another disk survives the loss of this one.")
    static let backupSchedule = Setting<BackupSchedule?>(
        "BACKUP_SCHEDULE", "02:30 in UTC, or every 6h", shown: "none: by latchkey backup alone",
        "When the server makes a backup by itself: each day at a time, or so many minutes, hours or days (m, h, d) after the last."
    ) { BackupSchedule($0) }
    static let backupRetention = Setting<BackupRetention>(
        "BACKUP_KEEP", "periods such as 24h,7d,4w,12m,3y, or all", default: .standard, shown: "7d,4w,12m",
        "Of the last so many hours, days, weeks … with a backup, the newest of each is kept; others are deleted after a scheduled one."
    ) { BackupRetention($0) }
    static let certificate = Setting<String?>(
        "TLS_CERTIFICATE", "path of a PEM file", shown: "none: plain HTTP",
        "The certificate, and those that lead to a root. With it PORT speaks HTTPS; a change is noticed.")
    static let privateKey = Setting<String?>(
        "TLS_PRIVATE_KEY", "path of a PEM file", "The certificate's private key, not encrypted.")
    static let minimumTLS = Setting<Bool>(
        "TLS_MINIMUM_VERSION", "1.3", or: "1.2", "The oldest version of TLS that is spoken.")
    static let redirectPort = Setting<Int?>(
        "HTTP_REDIRECT_PORT", in: 0...65535, "A second port, which redirects HTTP to HTTPS.")
    static let metricsPort = Setting<Int?>(
        "METRICS_PORT", in: 0...65535,
        "A port of its own that serves /metrics to all who can reach it, over plain HTTP.")
    static let metricsHost = Setting<String>(
        "METRICS_HOST", "address", default: "127.0.0.1", "The address that METRICS_PORT listens on.")
    static let metricsToken = Setting<String?>(
        "METRICS_TOKEN", "text of 32 characters or more", isSecret: true,
        "With it as a bearer token, /metrics is also served on PORT; all others get 404 there.")
    static let environment = Setting<Bool>(
        "LATCHKEY_ENV", "development", or: "production",
        "In development, templates are read again when they change, a missing secret is made, and password123 will do.")
    static let contact = Setting<Contact?>(
        "LATCHKEY_CONTACT", "e-mail address or https URL",
        "How users reach the operator of this server, shown to them: for a link to set a new password, and about errors."
    ) { Contact($0) }
    static let data = Setting<String>(
        "LATCHKEY_DATA", "directory", default: "data", "Where the database and the secret are kept; made if missing.")
    static let assets = Setting<String?>(
        "LATCHKEY_ASSETS", "directory", shown: "the working directory, or where the program lies",
        "The directory that holds Templates and Public.")
    static let bcryptCost = Setting<Int>(
        "BCRYPT_COST", in: 4...16, type: "4–16, in production 10–16", default: 12,
        "How much work a password hash is; each step doubles it.")
    static let logLevel = Setting<Logger.Level>(
        "LOG_LEVEL", "trace, debug, info, notice, warning, error or critical", default: .info, shown: "info",
        "What is logged; info has a line for each request."
    ) {
        Logger.Level(rawValue: $0.lowercased())
    }
    static let logFormat = Setting<Bool>("LOG_FORMAT", "text", or: "json", "How log lines look.")

    // MARK: Mail and other servers

    static let smtpURL = Setting<String?>(
        "SMTP_URL", "smtp://user:password@host:587 or smtps://…:465", isSecret: true,
        "The mail server that mail is sent through. Without one, no mail is sent; in development it is written to files."
    ) { SMTPServer(url: $0) == nil ? nil : $0 }
    static let smtpTLS = Setting<MailSecurity>(
        "SMTP_TLS", "required, none or none-anywhere", default: .required, shown: "required",
        "Whether smtp needs STARTTLS. none is for a mail server on this machine, none-anywhere for any."
    ) {
        MailSecurity(rawValue: $0)
    }
    static let mailFrom = Setting<Mailbox?>(
        "MAIL_FROM", "address, or Name <address>", shown: "MAILER_FROM_ADDRESS",
        "The sender of all mail. Needed with a mail server, which must be allowed to send for its domain."
    ) { Mailbox($0) }
    static let emailVerification = Setting<EmailVerification>(
        "EMAIL_VERIFICATION", "off, optional or required", default: .off, shown: "off",
        "optional mails new accounts a link that verifies their address; they can be used without. required lets no account sign in before."
    ) { EmailVerification(rawValue: $0) }
    static let onceMailServer = Setting<String?>(
        "SMTP_ADDRESS", "host", "As ONCE sets it, with the next four, all of which are ignored where SMTP_URL is set."
    ) { WebAddress("https://\($0)/")?.host }
    static let onceMailPort = Setting<Int>(
        "SMTP_PORT", in: 1...65535, default: 587, "Its port; 465 is TLS from the start.")
    static let onceMailUser = Setting<String?>("SMTP_USERNAME", "text", "The user there.")
    static let onceMailPassword = Setting<String?>("SMTP_PASSWORD", "text", isSecret: true, "The user's password.")
    static let onceMailFrom = Setting<Mailbox?>("MAILER_FROM_ADDRESS", "address", "The sender.") { Mailbox($0) }
    /// ONCE's settings for mail.
    static let onceMail = [
        onceMailServer.info, onceMailPort.info, onceMailUser.info, onceMailPassword.info, onceMailFrom.info,
    ]
    static let throttleMail = limits(
        "THROTTLE_MAIL", "10/600",
        "Requests for an e-mail from one client address; each address gets five an hour at most.")
    static let httpsProxy = Setting<String?>(
        "HTTPS_PROXY", "http://host:port", isSecret: true,
        "The proxy for https requests to trusted services. Mail is never sent through it."
    ) { WebAddress($0) == nil ? nil : $0 }
    static let noProxy = Setting<String>(
        "NO_PROXY", "hosts, separated by commas", default: "", shown: "none", "Hosts that are connected to directly."
    ) { $0 }
    static let extraCAFile = Setting<String?>(
        "EXTRA_CA_FILE", "path of a PEM file",
        "Certificate authorities that trusted services and the mail server may use besides those of the system's directory; where the system has only a bundle file, in its place."
    )

    static let all: [SettingInfo] =
        [
            secret.info, onceSecret.info, previousSecrets.info, publicURL.info, allowHTTP.info, onceWithoutTLS.info,
            betterAuthURL.info, issuers.info,
            issuersFile.info, allowHTTPIssuers.info, tokenIssuer.info, tokenAudience.info, refetch.info,
            secondFactorTrusted.info, passwordSignIn.info, providersFile.info,
        ] + ProviderSettings.pattern + [
            tokenAudiences.info, signingAlgorithm.info, database.info, neonDatabase.info,
            poolSize.info,
            databaseTimeout.info, answerCache.info, accountQuota.info, accountRate.info, accountBurst.info,
            diskReserve.info, frontend.info, trustedOrigins.info, cookieSameSite.info, cookieDomain.info, host.info,
            port.info, trustedProxies.info, maximumConnections.info, connectionsPerNetwork.info, idleTimeout.info,
            throttle.info, throttleAddress.info, throttleAccount.info, throttleDevice.info, throttleSignUp.info,
            throttleMail.info,
            smtpURL.info, smtpTLS.info, mailFrom.info, emailVerification.info,
        ] + onceMail + [
            httpsProxy.info, noProxy.info, extraCAFile.info,
            adminEmails.info,
            signUp.info, signUpDomains.info, sessionIdleDays.info, sessionMaximumDays.info, auditRetention.info,
            backupDirectory.info, backupSchedule.info, backupRetention.info, certificate.info, privateKey.info,
            minimumTLS.info, redirectPort.info, metricsPort.info, metricsHost.info, metricsToken.info, environment.info,
            contact.info, data.info, assets.info, bcryptCost.info,
            logLevel.info,
            logFormat.info,
        ]

    private static func limits(_ name: String, _ standard: String, _ help: String) -> Setting<[ThrottleLimit]> {
        Setting(
            name, "attempts/seconds, separated by commas", default: ThrottleLimit.list(standard) ?? [],
            shown: standard, help, parse: { ThrottleLimit.list($0) })
    }
}
