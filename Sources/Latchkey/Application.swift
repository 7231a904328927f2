import Auth
import Domain
import FoundationEssentials
import Glibc
import HTTPServer
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Storage
import Templating
import Web

/// The whole program, wired: the one place that knows which parts there are.
struct Application: Sendable {
    private let configuration: Configuration
    private let database: any Database
    private let hasher: PasswordHasher
    private let auth: AuthService
    private let tasks: TaskService
    private let logger: Logger
    let site: Site

    /// - Throws: what is wrong with the data directory, the database or the templates, as a sentence each.
    init(_ configuration: Configuration, logger: Logger) throws {
        self.configuration = configuration
        self.logger = logger
        try FileManager.default.createDirectory(
            atPath: configuration.dataDirectory, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let secret = Array(
            (try configuration.secret ?? SecretFile.secret(in: configuration.dataDirectory)).utf8)

        let templates = try TemplateLibrary(
            directory: configuration.assetsDirectory + "/Templates", pages: PageRenderer.pages,
            reloads: !configuration.isProduction)
        let assets = try StaticFiles(
            directory: configuration.assetsDirectory + "/Public", reloads: !configuration.isProduction)

        let database = try Self.open(configuration.database)
        self.database = database
        hasher = try PasswordHasher(cost: configuration.bcryptCost, threads: max(1, System.coreCount))
        let ids = UUIDv7Generator()
        auth = AuthService(
            store: SQLAccountStore(database), hasher: hasher, tokens: try AccessTokens(secret: secret),
            live: LiveSessions(), ids: ids)
        tasks = TaskService(store: SQLTaskStore(database), ids: ids)

        let isHTTPS = configuration.baseURL?.isHTTPS ?? false
        site = Site(
            Site.Parts(
                configuration: SiteConfiguration(
                    isHTTPS: isHTTPS, ownOrigin: configuration.baseURL?.text,
                    trustedOrigins: configuration.frontends.map(\.text), isDevelopment: !configuration.isProduction),
                auth: auth, tasks: tasks, cookie: try SessionCookie(secret: secret, isSecure: isHTTPS),
                formTokens: try FormTokens(secret: secret), templates: templates, assets: assets, logger: logger,
                whatIsMissing: { await Self.whatIsMissing(in: database) }))
    }

    private static func open(_ url: DatabaseURL) throws -> any Database {
        switch url {
        case .sqlite(let path): try SQLiteDatabase(path: path)
        }
    }

    private static func whatIsMissing(in database: any Database) async -> String? {
        do {
            let version = try await database.read { try Migrations.version(on: $0) }
            return version == Migrations.latestVersion ? nil : "The database has another schema than this program."
        } catch {
            return "The database does not answer."
        }
    }

    /// Serves until SIGTERM or SIGINT, and returns when everything in flight is finished.
    /// - Parameter onListening: gets the port that was bound.
    func run(onListening: @escaping @Sendable (Int) -> Void) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
        let server = HTTPServer(
            ServerConfiguration(host: configuration.host, port: configuration.port), group: group, logger: logger,
            onListening: { onListening($0.port ?? 0) }, respond: site.respond)
        let services = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: server, successTerminationBehavior: .gracefullyShutdownGroup),
                    .init(service: Housekeeping(auth: auth, tasks: tasks, logger: logger)),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() }))
        let outcome = await Result { try await services.run() }
        hasher.shutDown()
        database.close()
        try? await group.shutdownGracefully()
        try outcome.get()
    }
}

/// Clears away what nobody needs any more, now and then.
private struct Housekeeping: Service {
    let auth: AuthService
    let tasks: TaskService
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let sessions = try await auth.deleteExpiredSessions()
                    let deleted = try await tasks.emptyTrash()
                    logger.debug("tidied", metadata: ["sessions": "\(sessions)", "tasks": "\(deleted)"])
                } catch {
                    logger.warning("tidying failed", metadata: ["cause": "\(error)"])
                }
                try? await Task.sleep(for: .seconds(600))
            }
        }
    }
}

extension Result where Failure == any Error, Success: Sendable {
    fileprivate init(_ work: () async throws -> Success) async {
        do { self = .success(try await work()) } catch { self = .failure(error) }
    }
}
