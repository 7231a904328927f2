import App
import Auth
import Basics
import Domain
import FoundationEssentials
import HTTPClient
import HTTPServer
import Logging
import Storage
import Web

/// The configuration of this process, read once and checked as a whole.
struct Configuration: Sendable {
    var isProduction = Settings.environment.standard
    var host = Settings.host.standard
    var port = Settings.port.standard
    /// Nil for plain HTTP.
    var tls: TLSFiles?
    var redirectPort: Int?
    var dataDirectory = Settings.data.standard
    var assetsDirectory = "."
    /// Nil to create or find it in the data directory.
    var secret: String?
    var previousSecrets: [String] = []
    /// Nil for this machine, at the bound port.
    var publicURL: WebOrigin?
    /// Services whose tokens are accepted.
    var issuers: [TrustedIssuer] = []
    /// True if services that share the secret ask for second factors themselves.
    var trustsSharedSecret = false
    /// Providers that users may sign in with.
    var providers: [SignInProvider] = []
    var allowsPasswordSignIn = Settings.passwordSignIn.standard
    var refetchSeconds = Int64(Settings.refetch.standard)
    /// Services that our own tokens may be issued for, besides this server.
    var tokenAudiences: [String] = []
    var signingAlgorithm = Settings.signingAlgorithm.standard
    /// Origins, and patterns of origins, whose pages may call the API.
    var trustedOrigins: [OriginPattern] = []
    var database = DatabaseURL.sqlite(path: "data/latchkey.db")
    /// The number of connections to PostgreSQL, and the time limit of each read or write in seconds.
    var poolSize = Settings.poolSize.standard
    var databaseTimeout = Settings.databaseTimeout.standard
    /// The way to reach the operator, for users.
    var contact: Contact?
    /// Bytes.
    var answerCacheSize = Settings.answerCache.standard << 20
    var allowance = AllowanceRules.none
    /// Bytes.
    var diskReserve: Int64 = 0
    /// Proxies whose statement of the client's address is trusted.
    var trustedProxies: [IPNetwork] = []
    var maximumConnections = Settings.maximumConnections.standard
    /// Nil for a quarter.
    var connectionsPerNetwork: Int?
    var idleTimeoutSeconds = Int64(Settings.idleTimeout.standard)
    var throttleRules = ThrottleRules.none
    var signUp = SignUpPolicy()
    /// Made admins at the start, if they are verified.
    var adminEmails: [EmailAddress] = []
    var sessionLifetimes = SessionLifetimes()
    /// Days; nil keeps all rows.
    var auditRetention: Int?
    var bcryptCost = Settings.bcryptCost.standard
    var logLevel = Settings.logLevel.standard
    var logsJSON = false

    var backups = BackupFolder("data/backups")
    /// Nil to make none.
    var backupSchedule: BackupSchedule?
    var backupRetention = BackupRetention.standard
    var metrics = MetricsSettings()
    var cookies = CookieScope()
    var mail = MailSettings()
    var outgoing = OutgoingSettings()
    /// All settings, for the admin's page.
    var inForce: [ShownSetting] = []
    /// Warnings about valid settings, for startup.
    var warnings: [String] = []

    /// - Parameter serves: true if a server is to run with these settings, false for a command.
    /// - Throws: `SettingProblems`, all at once.
    init(_ sources: SettingSources, serves: Bool = true) throws {
        var reader = SettingReader(sources)
        isProduction = reader.read(Settings.environment)
        host = reader.read(Settings.host)
        port = reader.read(Settings.port)
        (dataDirectory, database) = reader.readDataPlace()
        poolSize = reader.read(Settings.poolSize)
        databaseTimeout = reader.read(Settings.databaseTimeout)
        answerCacheSize = reader.read(Settings.answerCache) << 20
        contact = reader.read(Settings.contact)
        readAllowance(&reader)
        readURLs(&reader)
        readProviders(&reader)
        readTLS(&reader)
        readCookies(&reader)
        readMail(&reader)
        readOutgoing(&reader)
        signingAlgorithm = reader.read(Settings.signingAlgorithm)
        refetchSeconds = Int64(reader.read(Settings.refetch))
        tokenAudiences = reader.read(Settings.tokenAudiences)
        trustedProxies = reader.read(Settings.trustedProxies)
        maximumConnections = reader.read(Settings.maximumConnections)
        connectionsPerNetwork = reader.read(Settings.connectionsPerNetwork)
        idleTimeoutSeconds = Int64(reader.read(Settings.idleTimeout))
        throttleRules = Self.throttleRules(&reader, isProduction: isProduction)
        signUp = SignUpPolicy(reader.read(Settings.signUp), domains: reader.read(Settings.signUpDomains))
        adminEmails = reader.read(Settings.adminEmails)
        sessionLifetimes = SessionLifetimes(
            idleDays: reader.read(Settings.sessionIdleDays),
            maximumDays: reader.read(Settings.sessionMaximumDays))
        auditRetention = reader.read(Settings.auditRetention)
        backups = reader.readBackupFolder(in: dataDirectory)
        backupSchedule = reader.read(Settings.backupSchedule)
        backupRetention = reader.read(Settings.backupRetention)
        bcryptCost = reader.read(Settings.bcryptCost) { [isProduction] in !isProduction || $0 >= 10 }
        logLevel = reader.read(Settings.logLevel)
        logsJSON = reader.read(Settings.logFormat)
        (secret, previousSecrets) = Self.readSecrets(&reader)
        let findings = Self.findings(aboutSecret: secret, previousSecrets, isProduction: isProduction)
        reader.problems += findings.problems
        warnings += findings.warnings
        readMetrics(&reader)
        if serves { checkExposure(&reader) }
        warnings += SettingNames.warnings(about: sources.named)
        let named = reader.read(Settings.assets)
        if let directory = Self.assetsDirectory(named) {
            assetsDirectory = directory
        } else if serves {
            let finding = named.map { "is '\($0)', which does not hold" } ?? "not set, and no directory was found with"
            reader.problems.append(
                "\(Settings.assets.name) \(finding) both Templates and Public. Name the directory that holds them.")
        }
        if serves { inForce = sources.settingsInForce() }
        guard reader.problems.isEmpty else {
            // A missing setting may be present under a mistyped name.
            throw SettingProblems(all: reader.problems + SettingNames.warnings(about: sources.named))
        }
    }

    private mutating func readURLs(_ reader: inout SettingReader) {
        let betterAuth = reader.read(Settings.betterAuthURL)
        let own = reader.read(Settings.publicURL)
        publicURL = own?.origin
        if let own, !["", "/"].contains(own.rest) {
            warnings.append(
                "\(Settings.publicURL.name) has a path, \(own.rest), which is left out: Latchkey answers at the root of its host."
            )
        }
        var other: WebOrigin?
        if let betterAuth {
            // Unless configured otherwise, Better Auth is this server, except if its address is another port of this
            // machine: the seed documents' front end on 3000 beside us on 8000.
            let isElsewhere =
                publicURL.map { $0 != betterAuth } ?? (betterAuth.isLocal && betterAuth.effectivePort != port)
            if isElsewhere { other = betterAuth } else { publicURL = betterAuth }
        }
        issuers = reader.readIssuers(
            betterAuth: other?.text, ownOrigin: publicURL?.text, allowsHTTP: !isProduction)
        trustsSharedSecret = reader.readSecondFactorTrust(in: &issuers)
        trustedOrigins = reader.readOrigins(Settings.frontend) + reader.readOrigins(Settings.trustedOrigins)
    }

    /// Checks that a server which others can reach is configured for that.
    private mutating func checkExposure(_ reader: inout SettingReader) {
        let allowsHTTP = [Settings.allowHTTP, Settings.onceWithoutTLS].map { reader.read($0) }.contains(true)
        guard isProduction else {
            if !IPAddress.isLoopback(host: host) {
                warnings.append(
                    "\(Settings.host.name) is '\(host)', so other machines reach this server, but it runs with the settings for development. Set \(Settings.environment.name)=production."
                )
            }
            return
        }
        // A setting that is present but not a URL has already been reported.
        let isSet = [Settings.publicURL.info, Settings.betterAuthURL.info].contains {
            ((try? reader.sources.value($0)) ?? nil) != nil
        }
        let way = "Where plain HTTP is meant, set \(Settings.allowHTTP.name)=on."
        if let publicURL, !publicURL.isHTTPS {
            let sentence =
                "browsers find this server at \(publicURL.text), so passwords and cookies travel unprotected."
            if allowsHTTP {
                warnings.append(sentence)
            } else {
                reader.problems.append("\(Settings.publicURL.name): \(sentence) Make it https. \(way)")
            }
        } else if publicURL == nil, !allowsHTTP, !isSet || reader.problems.isEmpty {
            reader.problems.append(
                "\(Settings.publicURL.name) not set. It says where browsers find this server, such as https://tasks.example.com. \(way)"
            )
        }
        let shared = trustedOrigins.filter(\.isOpenToThirdParties)
        if !shared.isEmpty {
            warnings.append(
                "others can register hosts that \(Settings.trustedOrigins.name) trusts; name your own part of them, such as https://*-myteam.vercel.app."
            )
        }
    }

    private mutating func readTLS(_ reader: inout SettingReader) {
        let certificate = reader.read(Settings.certificate)
        let key = reader.read(Settings.privateKey)
        let allowsTLS12 = reader.read(Settings.minimumTLS)
        redirectPort = reader.read(Settings.redirectPort)
        switch (certificate, key) {
        case (let certificate?, let key?):
            tls = TLSFiles(certificate: certificate, privateKey: key, allowsTLS12: allowsTLS12)
            if let publicURL, !publicURL.isHTTPS {
                reader.problems.append(
                    "\(Settings.publicURL.name) is '\(publicURL.text)', but must begin with https: \(Settings.certificate.name) is set."
                )
            }
        case (nil, nil):
            guard redirectPort != nil else { return }
            reader.problems.append("\(Settings.redirectPort.name) needs \(Settings.certificate.name).")
        default:
            reader.problems.append(
                "\(Settings.certificate.name) and \(Settings.privateKey.name) go together: set both or neither.")
        }
    }

    private static func throttleRules(_ reader: inout SettingReader, isProduction: Bool) -> ThrottleRules {
        let rules = ThrottleRules(
            address: reader.read(Settings.throttleAddress), account: reader.read(Settings.throttleAccount),
            device: reader.read(Settings.throttleDevice), signUp: reader.read(Settings.throttleSignUp),
            mail: reader.read(Settings.throttleMail), exemptsLocalSignUps: !isProduction)
        return reader.read(Settings.throttle) ? rules : .none
    }

    /// The named directory; else the working directory, the program's own directory, or one above it (as in `.build`),
    /// and `share/latchkey` in each of these (as in `/usr`).
    private static func assetsDirectory(_ named: String?) -> String? {
        func isComplete(_ directory: String) -> Bool {
            ["Templates", "Public"].allSatisfy { FileManager.default.fileExists(atPath: "\(directory)/\($0)") }
        }
        if let named { return isComplete(named) ? named : nil }
        if isComplete(".") { return "." }
        guard let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            return nil
        }
        var directory = program[...]
        while let slash = directory.lastIndex(of: "/") {
            directory = directory[..<slash]
            for place in [directory.isEmpty ? "/" : String(directory), directory + "/share/latchkey"]
            where isComplete(place) {
                return place
            }
        }
        return nil
    }
}
