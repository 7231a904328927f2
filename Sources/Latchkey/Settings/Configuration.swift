import Auth
import Basics
import Domain
import FoundationEssentials
import HTTPServer
import Logging
import Storage

/// The configuration of this process, read once and checked as a whole.
struct Configuration: Sendable {
    var isProduction = false
    var host = "localhost"
    var port = 8000
    /// Nil for plain HTTP.
    var tls: TLSFiles?
    var redirectPort: Int?
    var dataDirectory = "data"
    var assetsDirectory = "."
    /// Nil to create or find it in the data directory.
    var secret: String?
    var previousSecrets: [String] = []
    /// Nil for this machine, at the bound port.
    var publicURL: WebOrigin?
    /// Services whose tokens are accepted.
    var issuers: [TrustedIssuer] = []
    var refetchSeconds: Int64 = 30
    /// Services that our own tokens may be issued for, besides this server.
    var tokenAudiences: [String] = []
    var signingAlgorithm = KeyRing.Algorithm.edDSA
    /// Origins, and patterns of origins, whose pages may call the API.
    var trustedOrigins: [OriginPattern] = []
    var database = DatabaseURL.sqlite(path: "data/latchkey.db")
    /// The number of connections to PostgreSQL, and the time limit of each read or write in seconds.
    var poolSize = 10
    var databaseTimeout = 5
    /// Bytes.
    var answerCacheSize = 4 << 20
    var allowance = AllowanceRules.none
    /// Bytes.
    var diskReserve: Int64 = 0
    /// Proxies whose statement of the client's address is trusted.
    var trustedProxies: [IPNetwork] = []
    var maximumConnections = 8192
    /// Nil for a quarter.
    var connectionsPerNetwork: Int?
    var idleTimeoutSeconds: Int64 = 180
    var throttleRules = ThrottleRules.none
    var sessionLifetimes = SessionLifetimes()
    /// Days; nil keeps all rows.
    var auditRetention: Int?
    var bcryptCost = 12
    var logLevel = Logger.Level.info
    var logsJSON = false

    var cookies = CookieScope()
    /// Warnings about valid settings, for startup.
    var warnings: [String] = []

    /// All problems with the settings, each naming its setting.
    struct Problems: Error, CustomStringConvertible {
        let all: [String]
        var description: String { all.joined(separator: "\n") }
    }

    /// - Parameter serves: true if a server is to run with these settings, false for a command.
    /// - Throws: `Problems`, all at once.
    init(_ sources: SettingSources, serves: Bool = true) throws {
        var reader = SettingReader(sources)
        isProduction = reader.readIsProduction() ?? isProduction
        host = reader.readText(.host) ?? host
        port = reader.readNumber(.port, in: 0...65535) ?? port
        (dataDirectory, database) = reader.readDataPlace()
        poolSize = reader.readNumber(.poolSize, in: 1...500) ?? poolSize
        databaseTimeout = reader.readNumber(.databaseTimeout, in: 1...60) ?? databaseTimeout
        answerCacheSize =
            reader.readNumber(.answerCache, in: 0...1024).map { $0 << 20 } ?? answerCacheSize
        readAllowance(&reader)
        readURLs(&reader)
        readTLS(&reader)
        readCookies(&reader)
        signingAlgorithm = reader.read(.signingAlgorithm, as: { KeyRing.Algorithm(rawValue: $0) }) ?? signingAlgorithm
        refetchSeconds = reader.readNumber(.refetch, in: 1...3600).map(Int64.init) ?? refetchSeconds
        tokenAudiences = reader.read(.tokenAudiences, as: SettingReader.list) ?? []
        trustedProxies = reader.read(.trustedProxies, as: Self.networks) ?? []
        maximumConnections = reader.readNumber(.maximumConnections, in: 1...1_000_000) ?? maximumConnections
        connectionsPerNetwork = reader.readNumber(.connectionsPerNetwork, in: 1...1_000_000)
        idleTimeoutSeconds = reader.readNumber(.idleTimeout, in: 1...3600).map(Int64.init) ?? idleTimeoutSeconds
        throttleRules = Self.throttleRules(&reader, isProduction: isProduction)
        sessionLifetimes = SessionLifetimes(
            idleDays: reader.readNumber(.sessionIdleDays, in: 1...400) ?? 7,
            maximumDays: reader.readNumber(.sessionMaximumDays, in: 1...400) ?? 30)
        auditRetention = reader.readNumber(.auditRetention, in: 1...3650)
        let costs = isProduction ? 10...16 : 4...16
        bcryptCost = reader.readNumber(.bcryptCost, in: costs) ?? bcryptCost
        logLevel = reader.read(.logLevel, as: { Logger.Level(rawValue: $0.lowercased()) }) ?? logLevel
        logsJSON = reader.read(.logFormat, as: { ["text", "json"].contains($0) ? $0 == "json" : nil }) ?? false
        (secret, previousSecrets) = Self.readSecrets(&reader)
        let findings = Self.findings(aboutSecret: secret, previousSecrets, isProduction: isProduction)
        reader.problems += findings.problems
        warnings += findings.warnings
        if serves { checkExposure(&reader) }
        warnings += SettingNames.warnings(about: sources.named)
        let named = reader.readText(.assets)
        if let directory = Self.assetsDirectory(named) {
            assetsDirectory = directory
        } else {
            let finding = named.map { "is '\($0)', which does not hold" } ?? "not set, and no directory was found with"
            reader.problems.append(
                "\(Setting.assets.name) \(finding) both Templates and Public. Name the directory that holds them.")
        }
        guard reader.problems.isEmpty else {
            // A missing setting may be present under a mistyped name.
            throw Problems(all: reader.problems + SettingNames.warnings(about: sources.named))
        }
    }

    private mutating func readURLs(_ reader: inout SettingReader) {
        let betterAuth = reader.read(.betterAuthURL, as: { WebOrigin(url: $0) })
        let own = reader.read(.publicURL, as: { text in WebURL(text).flatMap { $0.origin.isWeb ? $0 : nil } })
        publicURL = own?.origin
        if let own, !["", "/"].contains(own.rest) {
            warnings.append(
                "\(Setting.publicURL.name) has a path, \(own.rest), which is left out: Latchkey answers at the root of its host."
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
        trustedOrigins = reader.readOrigins(.frontend) + reader.readOrigins(.trustedOrigins)
    }

    /// Checks that a server which others can reach is configured for that.
    private mutating func checkExposure(_ reader: inout SettingReader) {
        let allowsHTTP = reader.readSwitch(.allowHTTP) ?? false
        guard isProduction else {
            if !Self.isLoopback(host) {
                warnings.append(
                    "\(Setting.host.name) is '\(host)', so other machines reach this server, but it runs with the settings for development. Set \(Setting.environment.name)=production."
                )
            }
            return
        }
        // A setting that is present but not a URL has already been reported.
        let isSet = [Setting.publicURL, .betterAuthURL].contains { ((try? reader.sources.value($0)) ?? nil) != nil }
        let way = "Where plain HTTP is meant, set \(Setting.allowHTTP.name)=on."
        if let publicURL, !publicURL.isHTTPS {
            let sentence =
                "browsers find this server at \(publicURL.text), so passwords and cookies travel unprotected."
            if allowsHTTP {
                warnings.append(sentence)
            } else {
                reader.problems.append("\(Setting.publicURL.name): \(sentence) Make it https. \(way)")
            }
        } else if publicURL == nil, !allowsHTTP, !isSet || reader.problems.isEmpty {
            reader.problems.append(
                "\(Setting.publicURL.name) not set. It says where browsers find this server, such as https://tasks.example.com. \(way)"
            )
        }
        let shared = trustedOrigins.filter(\.isSharedWithStrangers)
        if !shared.isEmpty {
            warnings.append(
                "others can register hosts that \(Setting.trustedOrigins.name) trusts; name your own part of them, such as https://*-myteam.vercel.app."
            )
        }
    }

    /// True if an address can be reached only from this machine.
    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || IPAddress(host.filter { $0 != "[" && $0 != "]" })?.isLoopback == true
    }

    private mutating func readTLS(_ reader: inout SettingReader) {
        let certificate = reader.readText(.certificate)
        let key = reader.readText(.privateKey)
        let minimum = reader.read(.minimumTLS, as: { ["1.2", "1.3"].contains($0) ? $0 : nil })
        redirectPort = reader.readNumber(.redirectPort, in: 0...65535)
        switch (certificate, key) {
        case (let certificate?, let key?):
            tls = TLSFiles(certificate: certificate, privateKey: key, allowsTLS12: minimum == "1.2")
            if let publicURL, !publicURL.isHTTPS {
                reader.problems.append(
                    "\(Setting.publicURL.name) is '\(publicURL.text)', but must begin with https: \(Setting.certificate.name) is set."
                )
            }
        case (nil, nil):
            guard redirectPort != nil else { return }
            reader.problems.append("\(Setting.redirectPort.name) needs \(Setting.certificate.name).")
        default:
            reader.problems.append(
                "\(Setting.certificate.name) and \(Setting.privateKey.name) go together: set both or neither.")
        }
    }

    private static func networks(_ text: String) -> [IPNetwork]? {
        let parts = SettingReader.list(text)
        let networks = parts.compactMap { IPNetwork($0) }
        return networks.count == parts.count ? networks : nil
    }

    /// The defaults are those shown in the settings' own table.
    private static func throttleRules(_ reader: inout SettingReader, isProduction: Bool) -> ThrottleRules {
        func limits(_ setting: Setting) -> [ThrottleLimit] {
            reader.read(setting, as: ThrottleLimit.list) ?? ThrottleLimit.list(setting.standard) ?? []
        }
        let rules = ThrottleRules(
            address: limits(.throttleAddress), account: limits(.throttleAccount), device: limits(.throttleDevice),
            signUp: limits(.throttleSignUp), exemptsLocalSignUps: !isProduction)
        let isOn = reader.readSwitch(.throttle) ?? true
        return isOn ? rules : .none
    }

    /// The named directory; else the working directory, the program's own directory, or one above it (as in `.build`).
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
            if isComplete(directory.isEmpty ? "/" : String(directory)) { return String(directory) }
        }
        return nil
    }
}
