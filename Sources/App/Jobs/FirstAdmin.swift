import Auth
import Domain
import Logging
import ServiceLifecycle

/// Makes admins once the server listens: of the configured addresses, and where there is none, by a token that only those
/// can read who have the data directory. Not before: a start that fails must not replace the token of the server that
/// runs.
package struct FirstAdmin: Service {
    private let services: Services
    private let file: SetupTokenFile
    private let addresses: [EmailAddress]
    private let setting: String
    private let listening: AsyncStream<Void>
    private let onToken: @Sendable (String) -> Void
    private let logger: Logger

    /// - Parameters:
    ///   - addresses: those of the admins that the settings name.
    ///   - setting: the name of the setting with the addresses.
    ///   - listening: has an element once the server listens.
    ///   - onToken: receives the token, if one is offered.
    package init(
        _ services: Services, _ file: SetupTokenFile, addresses: [EmailAddress], setting: String,
        listening: AsyncStream<Void>, logger: Logger, onToken: @escaping @Sendable (String) -> Void
    ) {
        (self.services, self.file, self.addresses, self.setting) = (services, file, addresses, setting)
        (self.listening, self.logger, self.onToken) = (listening, logger, onToken)
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in listening {
                if let token = await prepare() { onToken(token) }
                break
            }
        }
        // A service that has ended before its turn would end the server with an error.
        try? await gracefulShutdown()
    }

    /// A server without an admin serves all the same: what fails is only logged.
    /// - Returns: the token, if one is offered.
    private func prepare() async -> String? {
        do {
            let made = try await services.administration(by: .server).makeAdmins(
                ofVerified: addresses, because: setting)
            for user in made { logger.notice("user made an admin", metadata: ["user_id": "\(user.id)"]) }
            guard let token = try await services.adminSetup.open() else {
                file.remove()
                return nil
            }
            try file.write(token)
            logger.notice("there is no admin", metadata: ["setup_token": "\(file.path)"])
            return token
        } catch {
            logger.warning("no way to the first admin is offered", metadata: ["cause": "\(error)"])
            return nil
        }
    }
}
