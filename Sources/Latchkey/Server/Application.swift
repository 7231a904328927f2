import App
import Basics
import Glibc
import HTTPServer
import Logging
import Mail
import Metrics
import NIOCore
import NIOPosix
import ServiceLifecycle
import Storage
import Web

/// The complete program: the one place that knows all of its parts.
final class Application: Sendable {
    private let configuration: Configuration
    private let services: Services
    private let ownOrigin: OwnOrigin
    private let readiness: Readiness
    /// The items created by this start, and the time since which the database is open.
    private let made: [String]
    private let openedAt: Timestamp
    private let tls: TLSIdentity?
    private let logger: Logger
    private let accessLog: AccessLog?
    /// Nil if no mail is sent.
    private let mailSender: MailSender?
    private let backupHealth: BackupHealth
    private let metrics = MetricsRegistry()
    private let meter = ServerMeter()
    private let metricsUpkeep: MetricsUpkeep
    private let history: HistoryUpkeep
    private let sockets: InheritedSockets
    /// Nil if no service manager wants to be told.
    private let manager: ServiceManager?
    let site: Site

    /// - Parameter environment: of this process, for what a service manager passes in it.
    /// - Throws: the problems of the data directory, the database or the templates, as a sentence each.
    init(
        _ configuration: Configuration, environment: [String: String], logger: Logger, accessLog: AccessLog?
    ) throws {
        self.accessLog = accessLog
        sockets = try InheritedSockets(environment: environment)
        manager = ServiceManager(environment: environment)
        if configuration.tls == nil, !sockets.redirecting.isEmpty {
            throw CommandFailure("A socket that redirects to HTTPS needs \(Settings.certificate.name).")
        }
        self.configuration = configuration
        self.logger = logger
        let ownOrigin = OwnOrigin(configuration.publicURL?.text, isHTTPS: configuration.tls != nil)
        self.ownOrigin = ownOrigin
        tls = try configuration.tls.map(TLSIdentity.init)
        var made = try configuration.makeDataDirectory() ? ["data directory"] : []
        if configuration.secret == nil, try SecretFile.existing(in: configuration.dataDirectory) == nil {
            made.append("secret")
        }
        self.made = made
        try configuration.checkOutgoing()
        let secrets = try configuration.secrets()
        let templates = try configuration.templates()
        let assets = try configuration.publicFiles()

        if let warning = configuration.database.warning { logger.warning("\(warning)") }
        openedAt = Timestamp.now()
        let database = try configuration.database.open(
            for: .serving(
                connections: configuration.poolSize, limit: .seconds(configuration.databaseTimeout),
                reserve: configuration.diskReserve),
            onWait: { logger.warning("waiting for the database", metadata: ["cause": "\($0)"]) })
        services = try Services(
            database, secrets, configuration.serviceSettings(ownOrigin: { ownOrigin.text }), logger: logger)
        if let warning = services.zones.warning(at: openedAt) { logger.warning("\(warning)") }
        let readiness = Readiness(database, services.secretGuard, logger: logger)
        self.readiness = readiness
        let mailer = configuration.mailer { ownOrigin.text }
        mailSender = try configuration.mailSender(services, mailer, templates, logger) { ownOrigin.text }
        backupHealth = BackupHealth(configuration.backups, configuration.backupSchedule)
        let report = StatusReport(
            database, services.outbox, mailSender == nil ? nil : services.mailHealth, readiness, backupHealth,
            diskReserve: configuration.diskReserve)
        history = HistoryUpkeep(services, meter, backupHealth)
        site = services.site(
            configuration.siteConfiguration(ownOrigin: { ownOrigin.text }), templates: templates, assets: assets,
            mailFolder: mailer as? MailFolder, facts: configuration.facts(history), logger: logger,
            metrics: configuration.metrics.token.map { [metrics] in MetricsAccess(metrics, token: $0) },
            readinessProblem: { await readiness.readinessProblem() }, status: { await report.status() })
        metricsUpkeep = MetricsUpkeep(services, readiness)
        ServerMetrics(metrics, services).add(
            site: site, meter: meter, upkeep: metricsUpkeep, sender: mailSender, backups: backupHealth, tls: tls,
            version: Latchkey.version)
    }

    private func metricsServer(
        port: Int, on group: MultiThreadedEventLoopGroup, _ onListening: @escaping @Sendable (Int) -> Void
    ) -> HTTPServer {
        var limits = ServerConfiguration(host: configuration.metrics.host, port: port)
        limits.maximumConnections = 32
        limits.maximumConnectionsPerNetwork = 32
        limits.maximumBodySize = 1024
        return HTTPServer(
            limits, group: group, logger: logger, onListening: { onListening($0.port ?? 0) },
            respond: MetricsPort(metrics).answer)
    }

    private func redirectServer(
        port: Int, _ limits: ServerConfiguration, on group: MultiThreadedEventLoopGroup,
        _ onListening: @escaping @Sendable (Int) -> Void
    ) -> HTTPServer {
        var limits = limits
        limits.port = port
        limits.sockets = sockets.redirecting
        limits.maximumConnections = max(1, limits.maximumConnections / 8)
        limits.maximumConnectionsPerNetwork = nil
        // Request bodies are not read here.
        limits.maximumBodySize = 16 * 1024
        let redirect = RedirectToHTTPS(
            to: { [ownOrigin] in ownOrigin.text }, refuse: site.refusePlainHTTP, respond: site.respond)
        return HTTPServer(
            limits, group: group, logger: logger, accessLog: accessLog, meter: meter,
            onListening: { onListening($0.port ?? 0) }, match: site.router.match, respond: redirect.answer)
    }

    /// The maximum number of open files of this process; every connection needs one.
    private static func fileLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        return Int(clamping: limit.rlim_cur)
    }

    /// Binds the database to this secret, or aborts the start.
    /// - Returns: the items created by this start, for the log.
    /// - Throws: `SecretGuard.ForeignSecret`.
    func claimDatabase(acceptsNewSecret: Bool) async throws -> [String] {
        do {
            switch try await services.secretGuard.claim(takesOver: true, acceptsNew: acceptsNewSecret) {
            case .first, .same: break
            case .rotated: logger.notice("the database is used with a new secret, and knows the one before")
            case .replaced:
                logger.warning("the database is used with a new secret; what the lost one signed or sealed is void")
            }
            let openedAt = self.openedAt
            let applied = try await services.database.read { try Migrations.applied(since: openedAt, on: $0) }
            if applied.contains(1) { return made + ["database"] }
            return applied.isEmpty ? made : made + ["schema \(applied.map(String.init).joined(separator: ", "))"]
        } catch {
            services.close()
            throw error
        }
    }

    private func listen() {
        do {
            try services.listenForChanges()
        } catch {
            logger.warning(
                "changes by others are noticed within seconds, not at once", metadata: ["cause": "\(error)"])
        }
        if services.database.hasOtherServer {
            logger.warning(
                "another server uses the same database",
                metadata: ["advice": "That is meant for updates. Use PostgreSQL for several servers."])
        }
    }

    /// Moves accounts of trusted issuers to their current namespaces, and warns of missing checks.
    private func prepareIssuers() async throws {
        let issuers = configuration.issuers
        for (index, issuer) in issuers.enumerated() {
            let former = issuer.formerNamespaces.filter { name in
                !issuers.contains { $0.namespace.hasSameBytes(as: name) }
            }
            try await services.accountStore.moveIdentities(from: former, to: issuer.namespace)
            func warn(_ text: Logger.Message, advice: String) {
                logger.warning(text, metadata: ["issuer": "\(issuer.name)", "advice": "\(advice)"])
            }
            if issuer.audience == nil {
                warn(
                    "tokens of a trusted issuer are accepted whatever service they are for",
                    advice:
                        "Set \(Settings.tokenAudience.name), or its audience in \(Settings.issuersFile.name), to the aud of tokens that are meant for this server."
                )
            }
            if issuer.issuerTexts.isEmpty {
                warn(
                    "tokens of a trusted issuer are accepted whatever issuer they name",
                    advice: "Set \(Settings.tokenIssuer.name) to the iss of its tokens.")
            }
            for other in issuers[..<index] where other.namespace.hasSameBytes(as: issuer.namespace) {
                warn(
                    "two trusted issuers share their accounts",
                    advice: "Give \(other.name) another namespace if that is not meant.")
            }
        }
    }

    /// Reads the whole database once in the background, so that corruption is found before a request needs the damaged
    /// page.
    private func inspect() {
        services.database.inspect { [readiness, logger] damage in
            logger.critical("the database is damaged", metadata: ["cause": "\(damage)"])
            readiness.reportDamage("The database is damaged.")
        }
    }

    /// Earlier versions kept pictures as data URLs with the user, where tokens carried them.
    private func storeDataURLs() async {
        do {
            let counts = try await services.accounts.storeDataURLs()
            guard counts != (0, 0) else { return }
            logger.notice(
                "pictures moved", metadata: ["stored": "\(counts.stored)", "removed": "\(counts.removed)"])
        } catch {
            logger.warning("pictures not moved", metadata: ["cause": "\(error)"])
        }
    }

    /// Reads once on each loop, which opens that loop's connection to the database: later, when clients have used up
    /// all descriptors, opening it might fail.
    private func openReaders(on group: MultiThreadedEventLoopGroup) async {
        for loop in group.makeIterator() {
            let database = services.database
            await Task(executorPreference: EventLoopTaskExecutor(loop)) {
                // A database that does not answer now is reported by the requests that need it.
                _ = try? await database.read { try Migrations.version(on: $0) }
            }.value
        }
    }

    /// Serves until SIGTERM or SIGINT, and returns when all requests in progress are finished.
    /// - Parameters:
    ///   - onListening: receives the bound port.
    ///   - onRedirecting: receives the redirecting port, if there is one.
    ///   - onMetrics: receives the port of the metrics, if there is one.
    ///   - onSetupToken: receives the token for the first admin, if there is none.
    func run(
        onListening: @escaping @Sendable (Int) -> Void, onRedirecting: @escaping @Sendable (Int) -> Void,
        onMetrics: @escaping @Sendable (Int) -> Void, onSetupToken: @escaping @Sendable (String) -> Void
    ) async throws {
        do {
            try await prepareIssuers()
        } catch {
            services.close()
            throw error
        }
        listen()
        inspect()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
        var limits = ServerConfiguration(host: configuration.host, port: configuration.port)
        limits.sockets = sockets.main
        limits.trustedProxies = TrustedProxies(configuration.trustedProxies)
        // The rest is for files, and for fetching the keys of outside services.
        limits.maximumConnections = min(configuration.maximumConnections, max(8, Self.fileLimit() - 64))
        limits.maximumConnectionsPerNetwork = configuration.connectionsPerNetwork
        limits.idleTimeout = .seconds(configuration.idleTimeoutSeconds)
        await openReaders(on: group)
        await storeDataURLs()
        // A socket of a service manager has a port of its own.
        let redirectPort = configuration.redirectPort ?? (sockets.redirecting.isEmpty ? nil : 0)
        let notices = manager.map { [services, logger] in
            ServiceNotices($0, group, services.database, ports: redirectPort == nil ? 1 : 2, logger: logger)
        }
        let (listening, isListening) = AsyncStream<Void>.makeStream()
        let server = HTTPServer(
            limits, group: group, tls: tls, logger: logger, accessLog: accessLog, meter: meter,
            onListening: { [ownOrigin, configuration, logger] address in
                ownOrigin.listens(at: address.port ?? 0)
                for provider in configuration.providers {
                    logger.notice(
                        "sign-in provider",
                        metadata: [
                            "provider": "\(provider.name)", "redirect_uri": "\(ownOrigin.text + provider.callbackPath)",
                        ])
                }
                onListening(address.port ?? 0)
                notices?.listens(at: ownOrigin.text)
                isListening.yield()
            }, match: site.router.match, refusalHeaders: site.refusalHeaders, respond: site.respond)
        var parts: [ServiceGroupConfiguration.ServiceConfiguration] = [
            // The first to start and the last to stop.
            .job(
                AuditUpkeep(
                    services, retention: configuration.auditRetention, version: Latchkey.version, logger: logger)),
            .job(UsageUpkeep(services, logger: logger)),
            .server(server),
            .job(
                FirstAdmin(
                    services, configuration.setupTokenFile, addresses: configuration.adminEmails,
                    setting: Settings.adminEmails.name, listening: listening, logger: logger, onToken: onSetupToken)),
            .job(Housekeeping(services, logger: logger)),
            .job(EventTicks(services)),
            .job(history),
            .job(ReminderQueue(services, logger: logger)),
        ]
        if let mailSender { parts.append(.job(mailSender)) }
        if let backups = configuration.scheduledBackups(backupHealth, logger: logger) {
            parts.append(.job(backups))
        }
        if let tls { parts.append(.job(CertificateWatch(tls, logger: logger))) }
        if configuration.metrics.areServed { parts.append(.job(metricsUpkeep)) }
        if let port = configuration.metrics.port {
            let server = metricsServer(port: port, on: group, onMetrics)
            parts.append(.server(server))
        }
        if let redirectPort {
            let server = redirectServer(port: redirectPort, limits, on: group) { [ownOrigin] port in
                onRedirecting(port)
                notices?.listens(at: ownOrigin.text)
            }
            parts.append(.server(server))
        }
        // The last to start and the first to stop, so that the manager knows before connections end.
        if let notices { parts.append(.job(notices)) }
        let running = ServiceGroup(
            configuration: .init(
                services: parts,
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: .silent))
        let outcome = await Result<Void, any Error>.of { try await running.run() }
        // The event loops read from the database, so they stop first.
        try? await group.shutdownGracefully()
        services.close()
        // The group's own error describes all that its parts know.
        do { try outcome.get() } catch is ServiceGroupError { throw CommandFailure("A part of the server has ended.") }
    }
}
