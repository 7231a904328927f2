import App
import Auth

/// The accounts in the database that the settings name.
struct UserAccounts {
    let administration: AccountAdministration
    let configuration: Configuration

    static func with(_ settings: SettingFlags, _ work: (UserAccounts) async throws -> Void) async throws {
        try await Services.with(settings) { services, configuration in
            try await work(
                UserAccounts(
                    administration: services.administration(by: .commandLine), configuration: configuration))
        }
    }
}
