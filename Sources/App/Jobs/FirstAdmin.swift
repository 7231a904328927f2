import Auth
import Domain
import Logging

/// Makes admins when the server starts: of the configured addresses, and where there is none, by a token that only those
/// can read who have the data directory.
package struct FirstAdmin: Sendable {
    private let services: Services
    private let file: SetupTokenFile
    private let logger: Logger

    package init(_ services: Services, _ file: SetupTokenFile, logger: Logger) {
        (self.services, self.file, self.logger) = (services, file, logger)
    }

    /// A server without an admin serves all the same: what fails is only logged.
    /// - Parameter setting: the name of the setting with the addresses.
    /// - Returns: the token, if one is offered.
    package func prepare(_ addresses: [EmailAddress], named setting: String) async -> String? {
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
