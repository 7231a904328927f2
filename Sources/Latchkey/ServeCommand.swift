import ArgumentParser
import FoundationEssentials
import Glibc
import Logging
import Storage

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the pages and the API (what happens without a command).")

    @OptionGroup var settings: SettingFlags
    @Flag(
        help: """
            Use the database with another secret than before, which is lost: all sessions, keys and reset links end.
            """)
    var acceptNewSecret = false

    func run() async throws {
        // Files that are made from here on are their owner's alone.
        umask(0o077)
        raiseFileLimit()
        let output = try LogOutput()
        defer { output.close() }
        let sources = Result { try settings.sources() }
        let logsJSON = (try? sources.get().value(.logFormat)) == "json"
        try await reportingFailures(asJSON: logsJSON) { try await serve(try sources.get(), output) }
    }

    private func serve(_ sources: SettingSources, _ output: LogOutput) async throws {
        let configuration = try Configuration(sources)
        let logger = Logger(label: "latchkey") { _ in
            LineLogHandler(output: output, level: configuration.logLevel, isJSON: configuration.logsJSON)
        }
        let application = try Application(
            configuration, logger: logger,
            accessLog: configuration.logLevel <= .info
                ? LineLogHandler.accessLog(to: output, isJSON: configuration.logsJSON) : nil)
        // A server is not to end with somebody's terminal; with TLS the signal means that certificates are new.
        if configuration.isProduction && configuration.tls == nil { signal(SIGHUP, SIG_IGN) }
        let made = try await application.claimDatabase(acceptsNewSecret: acceptNewSecret)
        let scheme = configuration.tls == nil ? "http" : "https"
        try await application.run { port in
            let isLocal = ["127.0.0.1", "0.0.0.0", "::", "[::]", "::1", "[::1]", "localhost"]
                .contains(configuration.host)
            let host = isLocal ? "localhost" : configuration.host
            logger.notice("started", metadata: configuration.summary(port: port, made: made))
            for warning in configuration.warnings { logger.warning("\(warning)") }
            print("Latchkey is at \(scheme)://\(host):\(port)  (Ctrl-C stops it)")
            // Standard output is kept back when it is not a terminal, and somebody may be waiting for this line.
            fflush(nil)
        } onRedirecting: { port in
            print("Plain HTTP on port \(port) is sent to the https address.")
            fflush(nil)
        }
        logger.notice("stopped")
    }

    /// Every connection is an open file: take as many as the system lets us have.
    private func raiseFileLimit() {
        var limit = rlimit()
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(files, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(files, &limit)
    }
}

/// Runs a command; what goes wrong is written to standard error as sentences, and the exit status is 1.
/// - Parameter asJSON: whether the sentences are log lines in JSON.
func reportingFailures(asJSON: Bool = false, _ work: () async throws -> Void) async throws {
    let message: String
    do {
        return try await work()
    } catch let error as CustomStringConvertible & Error {
        message = error.description
    }
    // What was printed before belongs before it.
    fflush(nil)
    let sentences = message.split(whereSeparator: \.isNewline)
    let lines = sentences.flatMap { sentence in
        asJSON ? LineLogHandler.jsonLine(.critical, "\(sentence)") : Array("latchkey: \(sentence)\n".utf8)
    }
    _ = write(STDERR_FILENO, lines, lines.count)
    throw ExitCode(1)
}

/// Where the data lies: the flags of all commands that use it.
struct DataFlags: ParsableArguments {
    @Option(help: "Where the database and the secret are kept (LATCHKEY_DATA; data).") var data: String?
    @Option(help: "Where the data lives (DATABASE_URL; a file in the data directory).") var databaseURL: String?

    /// These flags, the environment and `.env`.
    func sources() throws -> SettingSources { try SettingSources.current([(.data, data), (.database, databaseURL)]) }
}

/// The settings that have a flag; the rest comes from the environment.
struct SettingFlags: ParsableArguments {
    @Option(help: "The address to listen on (HOST; localhost).") var host: String?
    @Option(help: "The port to listen on (PORT; 8000).") var port: String?
    @OptionGroup var place: DataFlags
    @Option(help: "development or production (LATCHKEY_ENV).") var env: String?
    @Option(help: "The directory with Templates and Public (LATCHKEY_ASSETS).") var assets: String?
    @Option(help: "What is logged (LOG_LEVEL; info).") var logLevel: String?
    @Option(help: "text or json (LOG_FORMAT; text).") var logFormat: String?

    /// The flags, the environment and `.env`.
    func sources() throws -> SettingSources {
        try SettingSources.current([
            (.host, host), (.port, port), (.data, place.data), (.environment, env), (.database, place.databaseURL),
            (.assets, assets), (.logLevel, logLevel), (.logFormat, logFormat),
        ])
    }
}

extension SettingSources {
    /// Flags, as far as they were given, the environment and `.env`.
    fileprivate static func current(_ flags: [(Setting, String?)]) throws -> SettingSources {
        var sources = SettingSources(environment: ProcessInfo.processInfo.environment)
        for case (let setting, let value?) in flags { sources.flags[setting.name] = value }
        sources.dotEnv = try DotEnvFile.settings() ?? [:]
        return sources
    }
}
