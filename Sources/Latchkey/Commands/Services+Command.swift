import App
import Glibc
import Logging
import Storage

extension Services {
    /// Runs a command on the services of the database that the settings name, which must be used with this secret.
    static func with(
        _ settings: SettingFlags, _ work: (Services, Configuration) async throws -> Void
    ) async throws {
        try await reportingFailures {
            umask(0o077)
            let sources = try settings.sources()
            let configuration = try Configuration(sources, serves: false)
            let secrets = try Configuration.DataPlace(sources).secrets()
            let database = try configuration.database.openExisting()
            let services: Services
            do {
                services = try Services(
                    database, secrets,
                    configuration.serviceSettings(
                        ownOrigin: { configuration.publicURL?.text ?? "" }, isServer: false),
                    logger: .silent)
            } catch {
                database.close()
                throw error
            }
            defer { services.close() }
            try await services.secretGuard.verify()
            try await explaining { try await work(services, configuration) }
        }
    }
}
