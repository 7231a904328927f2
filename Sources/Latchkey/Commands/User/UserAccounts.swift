import Auth
import Basics
import Glibc
import Storage

/// The accounts in the database that the settings name.
struct UserAccounts {
    let administration: AccountAdministration
    let configuration: Configuration

    static func with(_ settings: SettingFlags, _ work: (UserAccounts) async throws -> Void) async throws {
        try await reportingFailures {
            umask(0o077)
            let sources = try settings.sources()
            let configuration = try Configuration(sources, serves: false)
            let secrets = try Configuration.DataPlace(sources).secrets()
            let database = try configuration.database.openExisting()
            defer { database.close() }
            try await SecretGuard(database, secrets).verify()
            let hasher = try PasswordHasher(cost: configuration.bcryptCost, threads: 1)
            defer { hasher.shutDown() }
            let administration = AccountAdministration(
                store: SQLAccountStore(database, audit: try .forCommands(secrets)), hasher: hasher,
                passwordRule: PasswordRule(isStrict: configuration.isProduction), ids: UUIDv7Generator(),
                source: .commandLine)
            try await explaining {
                try await work(UserAccounts(administration: administration, configuration: configuration))
            }
        }
    }
}
