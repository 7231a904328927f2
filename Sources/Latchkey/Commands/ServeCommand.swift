import ArgumentParser
import CMalloc
import FoundationEssentials
import Glibc
import Logging

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
        // Files created from here on are accessible by their owner only.
        umask(0o077)
        raiseFileLimit()
        keepFreedMemory()
        let output = try LogOutput()
        defer { output.close() }
        let sources = Result { try settings.sources() }
        var reader = try? SettingReader(sources.get())
        let logsJSON = reader?.read(Settings.logFormat) ?? Settings.logFormat.standard
        try await reportingFailures(asJSON: logsJSON) { try await serve(try sources.get(), output) }
    }

    private func serve(_ sources: SettingSources, _ output: LogOutput) async throws {
        let configuration = try Configuration(sources)
        let logger = Logger(label: "latchkey") { _ in
            LineLogHandler(output: output, level: configuration.logLevel, isJSON: configuration.logsJSON)
        }
        let application = try Application(
            configuration, environment: sources.environment, logger: logger,
            accessLog: configuration.logLevel <= .info
                ? LineLogHandler.accessLog(to: output, isJSON: configuration.logsJSON) : nil)
        // A server should survive the end of its terminal session; with TLS the signal means that certificates are new.
        if configuration.isProduction && configuration.tls == nil { signal(SIGHUP, SIG_IGN) }
        let made = try await application.claimDatabase(acceptsNewSecret: acceptNewSecret)
        let scheme = configuration.tls == nil ? "http" : "https"
        try await application.run { port in
            let isLocal = ["127.0.0.1", "0.0.0.0", "::", "[::]", "::1", "[::1]", "localhost"]
                .contains(configuration.host)
            let host = isLocal ? "localhost" : configuration.host
            logger.notice("started", metadata: configuration.summary(port: port, made: made))
            for warning in configuration.warnings { logger.warning("\(warning)") }
            // A process that waits for the address finds these lines in the log.
            output.flush()
            print("Latchkey is at \(scheme)://\(host):\(port)  (Ctrl-C stops it)")
            // Standard output is buffered when it is not a terminal, and a reader may be waiting for this line.
            fflush(nil)
        } onRedirecting: { port in
            print("HTTP on port \(port) is redirected to HTTPS.")
            fflush(nil)
        } onMetrics: { port in
            let host = configuration.metrics.host
            print("Metrics are at http://\(host.contains(":") ? "[\(host)]" : host):\(port)/metrics")
            fflush(nil)
        } onSetupToken: { token in
            // Never into a log that others may read.
            guard isatty(STDOUT_FILENO) == 1 else { return }
            print("There is no admin. Sign up, and enter this within an hour at /admin/setup: \(token)")
            fflush(nil)
        }
        logger.notice("stopped")
    }

    /// Raises the limit of open files as far as the system allows: every connection needs one.
    private func raiseFileLimit() {
        var limit = rlimit()
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(files, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(files, &limit)
    }

    /// Keeps some of the memory that responses have used for the next ones (decision 116).
    private func keepFreedMemory() {
        // Once one of them is set, glibc adapts neither of them to what is freed (mallopt(3)).
        mallopt(M_TRIM_THRESHOLD, 2 << 20)
        mallopt(M_MMAP_THRESHOLD, 1 << 20)
    }
}
