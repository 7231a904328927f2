import Auth
import Domain
import FoundationEssentials
import HTTPServer
import Logging
import Storage

/// How this process is to run, read once and checked as a whole.
struct Configuration: Sendable {
    var isProduction = false
    var host = "127.0.0.1"
    var port = 8000
    /// Nil: plain HTTP.
    var tls: TLSFiles?
    var redirectPort: Int?
    var dataDirectory = "data"
    var assetsDirectory = "."
    /// Nil: to be made or found in the data directory.
    var secret: String?
    var previousSecrets: [String] = []
    /// Nil: this machine, at the port that is bound.
    var ownURL: WebOrigin?
    /// Addresses of outside services whose tokens are accepted.
    var issuers: [String] = []
    var tokenIssuer: String?
    var tokenAudience: String?
    var refetchSeconds: Int64 = 30
    var signingAlgorithm = KeyRing.Algorithm.edDSA
    /// Origins, and patterns of origins, whose pages may call.
    var trustedOrigins: [OriginPattern] = []
    var database = DatabaseURL.sqlite(path: "data/latchkey.db")
    /// Connections to PostgreSQL, and how many seconds it has for each read or write.
    var poolSize = 10
    var databaseTimeout = 5
    /// Bytes.
    var answerCacheSize = 4 << 20
    /// Whose word counts for who the client is.
    var trustedProxies: [IPNetwork] = []
    var throttleRules = ThrottleRules.none
    var sessionLifetimes = SessionLifetimes()
    var bcryptCost = 12
    var logLevel = Logger.Level.info
    var logsJSON = false

    /// All that is wrong with the settings, each naming itself.
    struct Problems: Error, CustomStringConvertible {
        let all: [String]
        var description: String { all.joined(separator: "\n") }
    }

    /// - Throws: `Problems`, all at once.
    init(_ sources: SettingSources) throws {
        var reader = Reader(sources: sources)
        if let value = reader.read(.environment, as: { ["development", "production"].contains($0) ? $0 : nil }) {
            isProduction = value == "production"
        }
        host = reader.read(.host, as: { $0 }) ?? host
        port = reader.read(.port, as: { Self.number($0, in: 0...65535) }) ?? port
        (dataDirectory, database) = reader.readDataPlace()
        poolSize = reader.read(.poolSize, as: { Self.number($0, in: 1...500) }) ?? poolSize
        databaseTimeout = reader.read(.databaseTimeout, as: { Self.number($0, in: 1...60) }) ?? databaseTimeout
        answerCacheSize =
            reader.read(.answerCache, as: { Self.number($0, in: 0...1024) }).map { $0 << 20 } ?? answerCacheSize
        readURLs(&reader)
        readTLS(&reader)
        signingAlgorithm = reader.read(.signingAlgorithm, as: { KeyRing.Algorithm(rawValue: $0) }) ?? signingAlgorithm
        refetchSeconds = reader.read(.refetch, as: { Self.number($0, in: 1...3600) }).map(Int64.init) ?? refetchSeconds
        tokenIssuer = reader.read(.tokenIssuer, as: { $0 })
        tokenAudience = reader.read(.tokenAudience, as: { $0 })
        trustedProxies = reader.read(.trustedProxies, as: Self.networks) ?? []
        throttleRules = Self.throttleRules(&reader, isProduction: isProduction)
        sessionLifetimes = SessionLifetimes(
            idleDays: reader.read(.sessionIdleDays, as: { Self.number($0, in: 1...400) }) ?? 7,
            maximumDays: reader.read(.sessionMaximumDays, as: { Self.number($0, in: 1...400) }) ?? 30)
        let costs = isProduction ? 10...16 : 4...16
        bcryptCost = reader.read(.bcryptCost, as: { Self.number($0, in: costs) }) ?? bcryptCost
        logLevel = reader.read(.logLevel, as: { Logger.Level(rawValue: $0.lowercased()) }) ?? logLevel
        logsJSON = reader.read(.logFormat, as: { ["text", "json"].contains($0) ? $0 == "json" : nil }) ?? false
        secret = reader.read(.secret, as: { $0 })
        previousSecrets = reader.read(.previousSecrets, as: Self.secrets) ?? []
        reader.problems += Self.problems(ofSecret: secret, isProduction: isProduction)
        if let directory = Self.assetsDirectory(reader.read(.assets, as: { $0 })) {
            assetsDirectory = directory
        } else {
            reader.problems.append(
                "\(Setting.assets.name): no directory with Templates and Public was found; name one.")
        }
        guard reader.problems.isEmpty else { throw Problems(all: reader.problems) }
    }

    /// Where the data lies: all that commands need to know which don't serve.
    struct DataPlace: Sendable {
        let directory: String
        let database: DatabaseURL
        private let sources: SettingSources

        /// - Throws: `Problems`.
        init(_ sources: SettingSources) throws {
            self.sources = sources
            var reader = Reader(sources: sources)
            (directory, database) = reader.readDataPlace()
            guard reader.problems.isEmpty else { throw Problems(all: reader.problems) }
        }

        /// The secrets that are configured, or the one in the data directory.
        /// - Parameter makes: whether one is made where there is none; a server's data has one already.
        /// - Throws: `Problems`, also where there is none.
        func secrets(makes: Bool = false) throws -> Secrets {
            var reader = Reader(sources: sources)
            let configured = reader.read(.secret, as: { $0 })
            let previous = reader.read(.previousSecrets, as: Configuration.secrets) ?? []
            reader.problems += Configuration.problems(ofSecret: configured, isProduction: false)
            guard reader.problems.isEmpty else { throw Problems(all: reader.problems) }
            let current =
                try configured ?? (makes ? SecretFile.secret(in: directory) : SecretFile.existing(in: directory))
            guard let current else {
                throw Problems(all: ["\(Setting.secret.name) not set, and there is no secret in \(directory)."])
            }
            return Secrets(current: Array(current.utf8), previous: previous.map { Array($0.utf8) })
        }
    }

    /// Reads settings and keeps what is wrong with them.
    private struct Reader {
        let sources: SettingSources
        var problems: [String] = []

        mutating func read<Value>(_ setting: Setting, as convert: (String) -> Value?) -> Value? {
            do throws(SettingSources.Problem) {
                guard let text = try sources.value(setting) else { return nil }
                if let value = convert(text) { return value }
                // A secret's value is nobody's business, not even in an error message.
                let shown = setting.isSecret ? "" : " is '\(text)', but"
                problems.append("\(setting.name)\(shown) must be \(setting.type).")
            } catch {
                problems.append(error.description)
            }
            return nil
        }

        /// Origins and patterns of them; each that is no good is a problem of its own.
        mutating func readOrigins(_ setting: Setting) -> [OriginPattern] {
            var origins: [OriginPattern] = []
            for text in read(setting, as: Configuration.list) ?? [] {
                do throws(OriginPattern.ParseError) { origins.append(try OriginPattern(text)) } catch {
                    problems.append("\(setting.name): \(error.description)")
                }
            }
            return origins
        }

        mutating func readDataPlace() -> (directory: String, database: DatabaseURL) {
            let directory = read(.data, as: { $0 }) ?? "data"
            var database = DatabaseURL.sqlite(path: directory + "/latchkey.db")
            for setting in [Setting.database, .neonDatabase] {
                guard let text = read(setting, as: { $0 }) else { continue }
                do throws(DatabaseURL.ParseError) { database = try DatabaseURL(text) } catch {
                    // The URL itself is not repeated: it may hold a password.
                    problems.append("\(setting.name): \(error.description)")
                }
                break
            }
            return (directory, database)
        }
    }

    private mutating func readURLs(_ reader: inout Reader) {
        let betterAuth = reader.read(.url, as: { WebOrigin(url: $0) })
        ownURL = reader.read(.ownURL, as: { WebOrigin(url: $0) })
        issuers = reader.read(.issuers, as: Self.addresses) ?? []
        if let betterAuth {
            // Where nothing else says so, Better Auth is this server, unless its address is another port of this
            // machine: the seed documents' front end on 3000 beside us on 8000.
            let isElsewhere =
                ownURL.map { $0 != betterAuth } ?? (betterAuth.isLocal && betterAuth.effectivePort != port)
            if isElsewhere { issuers.insert(betterAuth.text, at: 0) } else { ownURL = betterAuth }
        }
        trustedOrigins = reader.readOrigins(.frontend) + reader.readOrigins(.trustedOrigins)
    }

    private mutating func readTLS(_ reader: inout Reader) {
        let certificate = reader.read(.certificate, as: { $0 })
        let key = reader.read(.privateKey, as: { $0 })
        let minimum = reader.read(.minimumTLS, as: { ["1.2", "1.3"].contains($0) ? $0 : nil })
        redirectPort = reader.read(.redirectPort, as: { Self.number($0, in: 0...65535) })
        switch (certificate, key) {
        case (let certificate?, let key?):
            tls = TLSFiles(certificate: certificate, privateKey: key, allowsTLS12: minimum == "1.2")
            if let ownURL, !ownURL.isHTTPS {
                reader.problems.append(
                    "\(Setting.ownURL.name) is '\(ownURL.text)', but must begin with https: \(Setting.certificate.name) is set."
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

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { String($0.trimmingWhitespace()) }.filter { !$0.isEmpty }
    }

    private static func secrets(_ text: String) -> [String]? {
        let secrets = list(text)
        return secrets.allSatisfy { $0.utf8.count >= minimumSecretLength } ? secrets : nil
    }

    private static func networks(_ text: String) -> [IPNetwork]? {
        let parts = list(text)
        let networks = parts.compactMap { IPNetwork($0) }
        return networks.count == parts.count ? networks : nil
    }

    /// The defaults are those that the settings' own table shows.
    private static func throttleRules(_ reader: inout Reader, isProduction: Bool) -> ThrottleRules {
        func limits(_ setting: Setting) -> [ThrottleLimit] {
            reader.read(setting, as: ThrottleLimit.list) ?? ThrottleLimit.list(setting.standard) ?? []
        }
        let rules = ThrottleRules(
            address: limits(.throttleAddress), account: limits(.throttleAccount), device: limits(.throttleDevice),
            signUp: limits(.throttleSignUp), exemptsLocalSignUps: !isProduction)
        let isOn = reader.read(.throttle, as: { ["on", "off"].contains($0) ? $0 == "on" : nil }) ?? true
        return isOn ? rules : .none
    }

    private static func addresses(_ text: String) -> [String]? {
        let addresses = list(text)
        return addresses.allSatisfy { WebOrigin(url: $0) != nil } ? addresses : nil
    }

    private static func number(_ text: String, in range: ClosedRange<Int>) -> Int? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text) else { return nil }
        return range.contains(number) ? number : nil
    }

    static let minimumSecretLength = 32
    private static let examples = ["your-secret-key-min-32-chars-change-in-production"]

    private static func problems(ofSecret secret: String?, isProduction: Bool) -> [String] {
        let advice = "Make one with: openssl rand -base64 32"
        guard let secret else { return isProduction ? ["\(Setting.secret.name) not set. \(advice)"] : [] }
        if secret.utf8.count < minimumSecretLength {
            return ["\(Setting.secret.name) must have at least \(minimumSecretLength) characters. \(advice)"]
        }
        if examples.contains(secret) {
            return ["\(Setting.secret.name) is the example from the documentation, which everybody knows. \(advice)"]
        }
        return []
    }

    /// What was named; else the working directory, the program's own directory, or one above it (as in `.build`).
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
