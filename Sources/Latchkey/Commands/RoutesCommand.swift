import App
import ArgumentParser
import FoundationEssentials
import HTTPServer
import Logging
import Storage
import Web

/// The site map: each route, the callers and API tokens that it admits, and the kind of its answers.
struct RoutesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "routes",
        abstract:
            "List all routes: method, path, who may call it, the kind of its responses, and the scope of API tokens.",
        discussion: """
            Uses neither the database nor the secret of a server. Routes with {user_id} admit only that user.
            """)

    @OptionGroup var settings: SettingFlags

    func run() async throws {
        try await reportingFailures {
            let routes = try Self.routes(try Configuration(try settings.sources(), serves: false))
            var table = TextTable(["METHOD", "PATH", "WHO", "KIND", "SCOPE", "WHAT"])
            for route in routes {
                table.append([
                    route.method.rawValue, route.path, route.access.rawValue, route.attributes.errors.kind,
                    route.scope ?? "-", route.summary,
                ])
            }
            for line in table.lines { print(line) }
        }
    }

    /// The routes of a site on an empty database, which is removed afterwards.
    private static func routes(_ configuration: Configuration) throws -> [Route] {
        let directory = FileManager.default.temporaryDirectory.path + "/latchkey-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let database = try DatabaseURL.sqlite(path: directory + "/empty.db").open(for: .command)
        let services = try Services(database, try .random(), ServiceSettings(), logger: .silent)
        defer { services.close() }
        return services.site(
            configuration.siteConfiguration(ownOrigin: { "http://localhost" }),
            templates: try configuration.templates(),
            assets: try configuration.publicFiles(), logger: .silent, readinessProblem: { nil }
        ).router.routes
    }
}

extension RouteAttributes.ErrorShape {
    fileprivate var kind: String {
        switch self {
        case .page: "page"
        case .problem: "API"
        case .messageAndCode: "Better Auth"
        }
    }
}
