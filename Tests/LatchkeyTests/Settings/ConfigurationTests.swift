import Basics
import Domain
import HTTPServer
import Mail
import TestSupport
import Testing
import Web

@testable import Latchkey

@Suite struct ConfigurationTests {
    private let secret = "q7m2xk9v4tz8b3nw6hc5rj1ydp0sfgle"
    private var production: [String: String] {
        ["LATCHKEY_ENV": "production", "BETTER_AUTH_SECRET": secret, "LATCHKEY_URL": "https://tasks.example.com"]
    }

    private func read(_ environment: [String: String]) throws -> Configuration {
        var environment = environment
        environment["LATCHKEY_ASSETS"] = environment["LATCHKEY_ASSETS"] ?? packageRoot
        return try Configuration(SettingSources(environment: environment))
    }

    private func problems(_ environment: [String: String]) -> [String] {
        do { _ = try read(environment) } catch { return (error as? SettingProblems)?.all ?? ["\(error)"] }
        return []
    }

    @Test func `needs nothing`() throws {
        let configuration = try read([:])
        #expect(configuration.host == "localhost")
        #expect(configuration.port == 8000)
        #expect(configuration.database == .sqlite(path: "data/latchkey.db"))
        #expect(configuration.secret == nil)
        #expect(configuration.bcryptCost == 12)
        #expect(!configuration.isProduction)
    }

    @Test func `the operator is reached by e-mail or over https`() throws {
        #expect(try read([:]).contact == nil)
        #expect(try read(["LATCHKEY_CONTACT": "help@example.com"]).contact?.text == "help@example.com")
        #expect(try read(["LATCHKEY_CONTACT": "https://example.com/help"]).contact?.text == "https://example.com/help")
        for wrong in ["help", "http://example.com", "mailto:help@example.com", "javascript:alert(1)"] {
            #expect(problems(["LATCHKEY_CONTACT": wrong]).first?.hasPrefix("LATCHKEY_CONTACT") == true, "\(wrong)")
        }
    }

    @Test func `ONCE's settings for mail count where SMTP_URL is not set`() throws {
        let once = [
            "SMTP_ADDRESS": "mail.example.com", "SMTP_PORT": "465", "SMTP_USERNAME": "app",
            "SMTP_PASSWORD": "mail-password", "MAILER_FROM_ADDRESS": "once@example.com",
        ]
        let alone = try read(once)
        let server = SMTPServer(
            host: "mail.example.com", port: 465, security: .implicitTLS, user: "app", password: "mail-password")
        #expect(alone.mail.way == .server(server))
        #expect(alone.mail.from == Mailbox("once@example.com") && alone.warnings.isEmpty)

        for (set, missing) in [("SMTP_USERNAME", "SMTP_PASSWORD"), ("SMTP_PASSWORD", "SMTP_USERNAME")] {
            #expect(problems(once.filter { $0.key != missing }) == ["\(set) is set, but \(missing) is not."])
        }
        #expect(try read(once.filter { !["SMTP_USERNAME", "SMTP_PASSWORD"].contains($0.key) }).mail.way != nil)

        let own = ["SMTP_URL": "smtp://user:pass@smtp.example.org", "MAIL_FROM": "own@example.org"]
        let both = try read(once.merging(own) { $1 })
        #expect(both.mail.way == (try read(own)).mail.way && both.mail.from == Mailbox("own@example.org"))
        #expect(
            both.warnings == [
                "SMTP_ADDRESS, SMTP_PORT, SMTP_USERNAME, SMTP_PASSWORD, MAILER_FROM_ADDRESS are ignored: SMTP_URL is set, and counts alone."
            ])
        // Not even a mistake in them matters, nor is the sender taken from there.
        #expect(
            try read(own.merging(["SMTP_PORT": "none", "SMTP_PASSWORD_FILE": "/nowhere"]) { $1 }).warnings == [
                "SMTP_PORT, SMTP_PASSWORD are ignored: SMTP_URL is set, and counts alone."
            ])
        let found = problems(once.merging(["SMTP_URL": "smtp://user:pass@smtp.example.org"]) { $1 })
        #expect(found.count == 1 && found.first?.hasPrefix("SMTP_URL is set, but MAIL_FROM is not") == true)
        // A mistake in our own setting does not bring ONCE's into force.
        #expect(problems(once.merging(["SMTP_URL": "nonsense", "MAIL_FROM": "own@example.org"]) { $1 }).count == 1)
    }

    @Test func `admins are named by their addresses`() throws {
        #expect(try read([:]).adminEmails.isEmpty)
        let both = try read(["ADMIN_EMAILS": "Ada@example.com, bob@example.com"]).adminEmails
        #expect(both.map(\.text) == ["ada@example.com", "bob@example.com"])
        #expect(problems(["ADMIN_EMAILS": "ada@example.com, bob"]).first?.hasPrefix("ADMIN_EMAILS") == true)
    }

    @Test func `settings in force say where each comes from, and keep secrets`() throws {
        var sources = SettingSources(environment: ["PORT": "9000", "BETTER_AUTH_SECRET": secret, "HOST": ""])
        sources.flags = ["PORT": "9001"]
        sources.dotEnv = ["SIGN_UP": "closed", "SMTP_PASSWORD_FILE": "/run/secrets/smtp"]
        let settings = sources.settingsInForce()
        #expect(settings.map(\.name) == Settings.all.map(\.name))
        func found(_ name: String) -> ShownSetting? { settings.first { $0.name == name } }
        #expect(found("PORT") == ShownSetting(name: "PORT", text: "9001", source: "a flag"))
        #expect(found("HOST") == ShownSetting(name: "HOST", text: "localhost", source: nil))
        #expect(found("SIGN_UP") == ShownSetting(name: "SIGN_UP", text: "closed", source: ".env"))
        #expect(
            found("BETTER_AUTH_SECRET")
                == ShownSetting(name: "BETTER_AUTH_SECRET", text: nil, source: "the environment"))
        #expect(found("SMTP_PASSWORD")?.source == "SMTP_PASSWORD_FILE in .env")
        #expect(!"\(settings)".contains(secret) && !"\(settings)".contains("/run/secrets"))
    }

    @Test func `sign-up is open unless it is said otherwise, and a mistake opens nothing`() throws {
        #expect(try read([:]).signUp == SignUpPolicy(.open))
        #expect(try read(["SIGN_UP": "", "SIGN_UP_DOMAINS": ""]).signUp == SignUpPolicy(.open))
        #expect(try read(["SIGN_UP": "Invited"]).signUp.mode == .invited)
        #expect(try read(["SIGN_UP": "closed"]).signUp.mode == .closed)
        let domains = try read(["SIGN_UP_DOMAINS": " Example.com, *.example.org ,"]).signUp.domains
        #expect(domains.map(\.description) == ["example.com", "*.example.org"])
        for wrong in ["no", "on", "close", "invite", "open,closed", "open "] {
            #expect(problems(["SIGN_UP": wrong]).count == 1, "\(wrong)")
        }
        for wrong in [
            ",", " ", " , ,", "*", "example.com,*", "@example.com", "example.com;example.org",
            "example.com example.org",
            "bücher.example", "https://example.com",
        ] {
            let found = problems(["SIGN_UP_DOMAINS": wrong])
            #expect(found.count == 1 && found.first?.hasPrefix("SIGN_UP_DOMAINS") == true, "\(wrong)")
        }
    }

    @Test func `production needs a secret, and says how to make one`() throws {
        #expect(
            problems(production.merging(["BETTER_AUTH_SECRET": ""]) { $1 })
                == ["BETTER_AUTH_SECRET not set. Make one with: openssl rand -base64 32"])
        #expect(try read(production).isProduction)
    }

    @Test func `production needs an https address, unless plain HTTP is meant`() throws {
        for url in ["", "http://tasks.example.com", "http://localhost:8000"] {
            let settings = production.merging(["LATCHKEY_URL": url]) { $1 }
            #expect(problems(settings).count == 1)
            #expect(problems(settings).first?.contains("ALLOW_HTTP=on") == true)
            #expect(try read(settings.merging(["ALLOW_HTTP": "yes"]) { $1 }).isProduction)
            #expect(problems(settings.merging(["LATCHKEY_ENV": "development"]) { $1 }).isEmpty)
        }
        #expect(problems(production.merging(["LATCHKEY_URL": "nonsense"]) { $1 }).count == 1)
    }

    @Test func `development mode for other machines causes a warning`() throws {
        for host in ["127.0.0.1", "::1", "[::1]", "localhost", "127.0.0.2"] {
            #expect(try read(["HOST": host]).warnings.isEmpty, "\(host)")
        }
        for host in ["0.0.0.0", "::", "192.168.1.5", "tasks.example.com"] {
            #expect(try read(["HOST": host]).warnings.count == 1, "\(host)")
            #expect(try read(production.merging(["HOST": host]) { $1 }).warnings.isEmpty)
        }
    }

    @Test func `all problems are reported at once, each by name, no secret shown`() {
        let found = problems([
            "PORT": "99999", "LATCHKEY_ENV": "prod", "LOG_LEVEL": "loud", "LOG_FORMAT": "xml", "BCRYPT_COST": "3",
            "DATABASE_URL": "mysql://u:hunter2@h/d", "BETTER_AUTH_URL": "ftp://x", "FRONTEND_URL": "http://a, nope",
            "BETTER_AUTH_SECRET": "short-secret", "LATCHKEY_ASSETS": "/nowhere",
        ])
        #expect(
            Set(found.map { $0.prefix { $0 != " " && $0 != ":" } })
                == [
                    "PORT", "LATCHKEY_ENV", "LOG_LEVEL", "LOG_FORMAT", "BCRYPT_COST", "DATABASE_URL", "BETTER_AUTH_URL",
                    "FRONTEND_URL", "BETTER_AUTH_SECRET", "LATCHKEY_ASSETS",
                ])
        #expect(!found.joined().contains("hunter2"))
        #expect(!found.joined().contains("short-secret"))
        #expect(found.contains("PORT is '99999', but must be 0–65535."))
    }

    @Test func `connections have limits that can be set`() throws {
        let standard = try read([:])
        #expect(standard.maximumConnections == 8192)
        #expect(standard.connectionsPerNetwork == nil)
        // Longer than any proxy keeps its own by default, Caddy's 120 s included.
        #expect(standard.idleTimeoutSeconds > 130)
        let other = try read([
            "MAX_CONNECTIONS": "100", "MAX_CONNECTIONS_PER_NETWORK": "7", "IDLE_TIMEOUT_SECONDS": "5",
        ])
        #expect(other.maximumConnections == 100)
        #expect(other.connectionsPerNetwork == 7)
        #expect(other.idleTimeoutSeconds == 5)
        for name in ["MAX_CONNECTIONS", "MAX_CONNECTIONS_PER_NETWORK", "IDLE_TIMEOUT_SECONDS"] {
            for value in ["0", "-1", "+5", "many", "1e3", "99999999"] {
                #expect(problems([name: value]).first?.hasPrefix("\(name) is '\(value)'") == true)
            }
        }
    }

    @Test func `certificate and key require each other, and an https address`() throws {
        let pair = ["TLS_CERTIFICATE": "a.pem", "TLS_PRIVATE_KEY": "b.pem"]
        #expect(try read(pair).tls == TLSFiles(certificate: "a.pem", privateKey: "b.pem"))
        #expect(try read(pair.merging(["TLS_MINIMUM_VERSION": "1.2"]) { $1 }).tls?.allowsTLS12 == true)
        #expect(try read(pair.merging(["HTTP_REDIRECT_PORT": "80"]) { $1 }).redirectPort == 80)
        #expect(try read([:]).tls == nil)
        for one in pair { #expect(problems([one.key: one.value]).count == 1) }
        #expect(problems(["HTTP_REDIRECT_PORT": "80"]).count == 1)
        #expect(problems(pair.merging(["TLS_MINIMUM_VERSION": "1.1"]) { $1 }).count == 1)
        #expect(problems(pair.merging(["LATCHKEY_URL": "http://tasks.example.com"]) { $1 }).count == 1)
        #expect(problems(pair.merging(["LATCHKEY_URL": "https://tasks.example.com"]) { $1 }).isEmpty)
    }

    @Test func `the documentation's example is refused as a secret`() {
        let found = problems(["BETTER_AUTH_SECRET": "your-secret-key-min-32-chars-change-in-production"])
        #expect(found.count == 1)
        #expect(found[0].contains("which is public knowledge"))
    }

    @Test func `bcrypt is never cheap in production`() {
        #expect(problems(["BCRYPT_COST": "9"]).isEmpty)
        #expect(problems(production.merging(["BCRYPT_COST": "9"]) { $1 }).count == 1)
    }

    @Test func `each invalid trusted origin is a problem of its own`() throws {
        let trusted = try read([
            "FRONTEND_URL": "http://localhost:3000/", "BETTER_AUTH_TRUSTED_ORIGINS": "https://*.example.com, myapp://",
        ]).trustedOrigins
        #expect(try trusted == ["http://localhost:3000", "https://*.example.com", "myapp://"].map(OriginPattern.init))
        let found = problems([
            "FRONTEND_URL": "https://front.example/app", "BETTER_AUTH_TRUSTED_ORIGINS": "example.com, https://*",
        ])
        #expect(
            found == [
                "FRONTEND_URL: 'https://front.example/app' has a path, and origins have none, so it matches nothing. Leave the path out.",
                "BETTER_AUTH_TRUSTED_ORIGINS: 'example.com' names no scheme, so it matches nothing. Write https://example.com or http://example.com.",
                "BETTER_AUTH_TRUSTED_ORIGINS: 'https://*' trusts sites that anyone can register. Name the domain whose hosts you mean: https://*.example.com.",
            ])
    }

    @Test(arguments: [("https://x.example/app", 1), ("https://x.example/", 0), ("https://x.example", 0)])
    func `a path in the own address is left out with a warning`(url: String, warnings: Int) throws {
        let configuration = try read(["LATCHKEY_URL": url])
        #expect(configuration.publicURL?.text == "https://x.example")
        #expect(configuration.warnings.filter { $0.contains("/app") }.count == warnings)
    }

    @Test(arguments: ["myapp://x.example", "ftp://x.example/app", "//x.example", "x.example/app"])
    func `the own address is a web address`(url: String) {
        #expect(problems(["LATCHKEY_URL": url]).count == 1)
    }

    @Test func `cookies for other sites and hosts are those that browsers take`() throws {
        let https = ["LATCHKEY_URL": "https://api.example.com"]
        func cookies(_ more: [String: String]) throws -> Configuration.CookieScope {
            try read(https.merging(more) { $1 }).cookies
        }
        #expect(try cookies([:]) == .init(crossesSites: false, domain: nil))
        #expect(try cookies(["COOKIE_SAME_SITE": "None"]).crossesSites)
        for domain in ["example.com", ".example.com", "api.example.com", "Example.COM"] {
            #expect(try cookies(["COOKIE_DOMAIN": domain]).domain?.hasSuffix("example.com") == true)
        }
        for domain in [
            "com", "example.org", "ample.com", "app.api.example.com", "https://example.com", "*.example.com", "a b",
        ] {
            #expect(problems(https.merging(["COOKIE_DOMAIN": domain]) { $1 }).count == 1, "\(domain)")
        }
        #expect(problems(["COOKIE_DOMAIN": "example.com"]).count == 1)
        for shared in ["github.io", "vercel.app", "pages.dev"] {
            #expect(problems(["LATCHKEY_URL": "https://a.\(shared)", "COOKIE_DOMAIN": shared]).count == 1, "\(shared)")
            #expect(problems(["LATCHKEY_URL": "https://a.\(shared)", "COOKIE_DOMAIN": "a.\(shared)"]).isEmpty)
        }
        #expect(problems(["COOKIE_SAME_SITE": "none", "LATCHKEY_URL": "http://tasks.home"]).count == 1)
        #expect(problems(["COOKIE_SAME_SITE": "none", "LATCHKEY_URL": "http://localhost:8000"]).isEmpty)
        #expect(problems(["COOKIE_SAME_SITE": "strict"]).count == 1)
    }

    @Test func `a front end that gets no cookie causes a warning`() throws {
        let https = [
            "LATCHKEY_URL": "https://api.example.com", "FRONTEND_URL": "https://app.example.com, https://a.test",
        ]
        let warnings = try read(https).warnings
        #expect(warnings.count == 1)
        #expect(warnings.first?.hasPrefix("FRONTEND_URL names https://a.test, which is another site than") == true)
        #expect(try read(https.merging(["COOKIE_SAME_SITE": "none"]) { $1 }).warnings.isEmpty)
        #expect(try read(["FRONTEND_URL": "http://localhost:3000"]).warnings.isEmpty)
        #expect(try read(["FRONTEND_URL": "http://127.0.0.1:3000"]).warnings.count == 1)
    }

    @Test func `wrong passwords and sign-ups are limited unless that is switched off`() throws {
        let rules = try read([:]).throttleRules
        #expect(rules.address.map(\.attempts) == [15, 100])
        #expect(rules.account.map(\.attempts) == [50])
        #expect(rules.device.map(\.attempts) == [10])
        #expect(rules.signUp.map(\.attempts) == [20])
        #expect(rules.exemptsLocalSignUps)
        #expect(try read(["THROTTLE": "off"]).throttleRules == .none)
        #expect(try read(["THROTTLE_ADDRESS": "7/1"]).throttleRules.address == ThrottleLimit.list("7/1"))
        #expect(try !read(production).throttleRules.exemptsLocalSignUps)
        #expect(
            problems(["THROTTLE_ADDRESS": "many", "THROTTLE": "maybe"]).map { $0.prefix { $0 != " " } }
                == ["THROTTLE_ADDRESS", "THROTTLE"])
    }

    @Test func `proxies are trusted by address or range, and none by default`() throws {
        #expect(try read([:]).trustedProxies.isEmpty)
        #expect(
            try read(["TRUSTED_PROXIES": "10.0.0.0/8, ::1"]).trustedProxies
                == ["10.0.0.0/8", "::1"].compactMap { IPNetwork($0) })
        for wrong in ["localhost", "10.0.0.0/33", "10.0.0.1/8", "*", "10.0.0.1 10.0.0.2"] {
            #expect(problems(["TRUSTED_PROXIES": wrong]).count == 1, "\(wrong)")
        }
    }
}
