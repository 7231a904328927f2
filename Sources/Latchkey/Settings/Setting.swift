import Crypto

/// A setting. This file is the whole list, and the table in docs/configuration.md follows it.
struct Setting: Sendable {
    let name: String
    /// The format of a value.
    let type: String
    /// The default, as the table shows it.
    let standard: String
    let isSecret: Bool
    let help: String

    private init(_ name: String, _ type: String, standard: String, isSecret: Bool = false, _ help: String) {
        self.name = name
        self.type = type
        self.standard = standard
        self.isSecret = isSecret
        self.help = help
    }

    static let secret = Setting(
        "BETTER_AUTH_SECRET", "text of 32 characters or more", standard: "made once, kept in the data directory",
        isSecret: true,
        "Signs tokens and cookies; every service that verifies them needs the same. Must be set in production.")
    static let previousSecrets = Setting(
        "BETTER_AUTH_SECRET_PREVIOUS", "secrets, separated by commas", standard: "none", isSecret: true,
        "Secrets that signed before: what they signed is still accepted, nothing new is signed with them.")
    static let publicURL = Setting(
        "LATCHKEY_URL", "URL", standard: "BETTER_AUTH_URL, or http://localhost:PORT",
        "Where browsers find this server. With https, cookies are Secure and HSTS is sent. Must be set in production.")
    static let allowHTTP = Setting(
        "ALLOW_HTTP", "on or off", standard: "off",
        "Lets LATCHKEY_URL be http, or missing, in production: for trials, and for networks that no one else can read.")
    static let betterAuthURL = Setting(
        "BETTER_AUTH_URL", "URL", standard: "LATCHKEY_URL",
        "Where Better Auth is. If that is not this server, the tokens it issues are accepted here.")
    static let issuers = Setting(
        "TRUSTED_ISSUERS", "URLs, separated by commas", standard: "none",
        "More services whose tokens are accepted: a service's address, as it is in the iss of its tokens, or its JWK Set's."
    )
    static let issuersFile = Setting(
        "TRUSTED_ISSUERS_FILE", "path of a JSON file", standard: "none",
        "An array of such services, each with its issuer and, where needed, audience, jwks_uri and namespace.")
    static let allowHTTPIssuers = Setting(
        "ALLOW_HTTP_ISSUERS", "on or off", standard: "off",
        "Whether keys may be fetched over plain http from other machines in production, as in a container network.")
    static let tokenIssuer = Setting(
        "JWT_ISSUER", "text", standard: "the issuer's address",
        "The iss that tokens of the service at BETTER_AUTH_URL, or of the only one, must have.")
    static let tokenAudience = Setting(
        "JWT_AUDIENCE", "text", standard: "not checked",
        "The aud that tokens of trusted services must have, where TRUSTED_ISSUERS_FILE names no other.")
    static let refetch = Setting(
        "JWKS_REFETCH_SECONDS", "1–3600", standard: "30",
        "How often a trusted service's keys are fetched at most, whatever tokens come.")
    static let tokenAudiences = Setting(
        "TOKEN_AUDIENCES", "texts, separated by commas", standard: "none",
        "Other services that the 15-minute tokens may be made for, with ?audience=; this server accepts only its own.")
    static let signingAlgorithm = Setting(
        "SIGNING_ALGORITHM", "EdDSA or RS256", standard: "EdDSA", "What a new signing key is made for.")
    static let database = Setting(
        "DATABASE_URL", "sqlite:////absolute/path, sqlite:relative/path or postgresql://…",
        standard: "NEON_DATABASE_URL, or latchkey.db in the data directory", isSecret: true, "Where the data lives.")
    static let neonDatabase = Setting(
        "NEON_DATABASE_URL", "as DATABASE_URL", standard: "none", isSecret: true,
        "The name that Neon's guides use; read where DATABASE_URL is not set.")
    static let poolSize = Setting(
        "DATABASE_POOL_SIZE", "1–500", standard: "10", "How many connections to PostgreSQL are opened at most.")
    static let databaseTimeout = Setting(
        "DATABASE_TIMEOUT_SECONDS", "1–60", standard: "5",
        "How long PostgreSQL has for a read or a write, the wait for a connection included; then the answer is 503.")
    static let answerCache = Setting(
        "ANSWER_CACHE_MIB", "0–1024", standard: "4",
        "Memory for lists and pages that are served again while the tasks they show are the same; 0 for none. Not used in development."
    )
    static let accountQuota = Setting(
        "ACCOUNT_QUOTA_MIB", "0–1048576", standard: "256",
        "How much one account's tasks may take, deleted ones included; 0 for no limit. Then the answer is 507.")
    static let accountRate = Setting(
        "ACCOUNT_WRITE_KIB_PER_SECOND", "0–1048576", standard: "1024",
        "How much text and pictures one account may write in a second, on average; 0 for no limit. Then the answer is 429."
    )
    static let accountBurst = Setting(
        "ACCOUNT_WRITE_BURST_MIB", "1–1024", standard: "16", "How much of that may come at once after a quiet time.")
    static let diskReserve = Setting(
        "DISK_RESERVE_MIB", "0–1048576", standard: "64",
        "Room on the disk that tasks leave to sessions and the audit trail; below it they get 507. Only with SQLite.")
    static let frontend = Setting(
        "FRONTEND_URL", "URLs, separated by commas", standard: "none",
        "Front ends on other origins whose pages may call the API.")
    static let trustedOrigins = Setting(
        "BETTER_AUTH_TRUSTED_ORIGINS", "origins or patterns, separated by commas", standard: "none",
        "More origins of that kind, as Better Auth writes them: https://*.example.com, http://localhost:*, myapp://.")
    static let cookieSameSite = Setting(
        "COOKIE_SAME_SITE", "lax or none", standard: "lax",
        "With none, front ends on other sites get the session cookie too (SameSite=None; Secure; Partitioned).")
    static let cookieDomain = Setting(
        "COOKIE_DOMAIN", "domain", standard: "this host alone",
        "The domain whose hosts all get the session cookie, for a front end whose own server reads it.")
    static let host = Setting(
        "HOST", "address", standard: "localhost", "The address to listen on; localhost is 127.0.0.1 and ::1, :: is all."
    )
    static let port = Setting("PORT", "0–65535", standard: "8000", "The port to listen on; 0 for any that is free.")
    static let trustedProxies = Setting(
        "TRUSTED_PROXIES", "addresses or ranges (10.0.0.0/8), separated by commas", standard: "none",
        "Proxies whose X-Forwarded-For or Forwarded says who the client is; anybody else's is ignored.")
    static let maximumConnections = Setting(
        "MAX_CONNECTIONS", "1–1000000", standard: "8192",
        "Open connections; for one more, the one that has been idle longest is closed.")
    static let connectionsPerNetwork = Setting(
        "MAX_CONNECTIONS_PER_NETWORK", "1–1000000", standard: "a quarter of MAX_CONNECTIONS",
        "Open connections from one client address (IPv6: /64, twice as many from a /48). Trusted proxies have no limit of their own."
    )
    static let idleTimeout = Setting(
        "IDLE_TIMEOUT_SECONDS", "1–3600", standard: "180",
        "How long a connection may stay open between requests. Keep it longer than a proxy in front keeps its own.")
    static let throttle = Setting(
        "THROTTLE", "on or off", standard: "on", "Whether wrong passwords and sign-ups are limited at all.")
    static let throttleAddress = Setting(
        "THROTTLE_ADDRESS", "attempts/seconds, separated by commas", standard: "15/60, 100/3600",
        "Wrong passwords from one client address (IPv6: /64).")
    static let throttleAccount = Setting(
        "THROTTLE_ACCOUNT", "attempts/seconds, separated by commas", standard: "50/900",
        "Wrong passwords for one account from all addresses together.")
    static let throttleDevice = Setting(
        "THROTTLE_DEVICE", "attempts/seconds, separated by commas", standard: "10/900",
        "Wrong passwords for one account from a device that has signed in to it before; attempts from other devices don't count here."
    )
    static let throttleSignUp = Setting(
        "THROTTLE_SIGN_UP", "attempts/seconds, separated by commas", standard: "20/600",
        "Sign-ups from one client address. In development, this machine's own don't count.")
    static let sessionIdleDays = Setting(
        "SESSION_IDLE_DAYS", "1–400", standard: "7", "After how many days without use a session ends.")
    static let sessionMaximumDays = Setting(
        "SESSION_MAX_DAYS", "1–400", standard: "30", "After how many days a session ends however much it is used.")
    static let auditRetention = Setting(
        "AUDIT_RETENTION_DAYS", "1–3650", standard: "none: rows are kept",
        "After how many days rows of the audit trail are deleted; a sealed checkpoint takes their place.")
    static let certificate = Setting(
        "TLS_CERTIFICATE", "path of a PEM file", standard: "none: plain HTTP",
        "The certificate, and those that lead to a root. With it PORT speaks HTTPS; a change is noticed.")
    static let privateKey = Setting(
        "TLS_PRIVATE_KEY", "path of a PEM file", standard: "none", "The certificate's private key, not encrypted.")
    static let minimumTLS = Setting(
        "TLS_MINIMUM_VERSION", "1.3 or 1.2", standard: "1.3", "The oldest version of TLS that is spoken.")
    static let redirectPort = Setting(
        "HTTP_REDIRECT_PORT", "0–65535", standard: "none",
        "A second port, which redirects HTTP to HTTPS.")
    static let environment = Setting(
        "LATCHKEY_ENV", "development or production", standard: "development",
        "In development, templates are read again when they change, a missing secret is made, and password123 will do.")
    static let data = Setting(
        "LATCHKEY_DATA", "directory", standard: "data", "Where the database and the secret are kept; made if missing.")
    static let assets = Setting(
        "LATCHKEY_ASSETS", "directory", standard: "the working directory, or where the program lies",
        "The directory that holds Templates and Public.")
    static let bcryptCost = Setting(
        "BCRYPT_COST", "4–16, in production 10–16", standard: "12",
        "How much work a password hash is; each step doubles it.")
    static let logLevel = Setting(
        "LOG_LEVEL", "trace, debug, info, notice, warning, error or critical", standard: "info",
        "What is logged; info has a line for each request.")
    static let logFormat = Setting("LOG_FORMAT", "text or json", standard: "text", "How log lines look.")

    static let all: [Setting] = [
        secret, previousSecrets, publicURL, allowHTTP, betterAuthURL, issuers, issuersFile, allowHTTPIssuers,
        tokenIssuer, tokenAudience, refetch, tokenAudiences, signingAlgorithm, database, neonDatabase, poolSize,
        databaseTimeout,
        answerCache, accountQuota, accountRate, accountBurst, diskReserve, frontend, trustedOrigins, cookieSameSite,
        cookieDomain, host, port, trustedProxies, maximumConnections, connectionsPerNetwork, idleTimeout, throttle,
        throttleAddress, throttleAccount, throttleDevice, throttleSignUp, sessionIdleDays, sessionMaximumDays,
        auditRetention, certificate, privateKey, minimumTLS, redirectPort, environment, data, assets, bcryptCost,
        logLevel, logFormat,
    ]
}
