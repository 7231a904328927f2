import Logging
import ServiceLifecycle

/// Periodically deletes expired data, and re-encrypts data that an earlier secret has encrypted.
package struct Housekeeping: Service {
    private let services: Services
    /// Mail is deleted a week after it has become useless: it names addresses.
    private static let mailRetentionSeconds: Int64 = 7 * 86_400
    private let logger: Logger

    package init(_ services: Services, logger: Logger) { (self.services, self.logger) = (services, logger) }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let ended = try await services.sessions.deleteExpired()
                    let tokens = try await services.apiTokens.deleteExpired()
                    let resealed = try await services.secondFactors.reseal()
                    let accounts = try await services.deletions.deleteDue()
                    let deleted = try await services.tasks.emptyTrash()
                    try await services.tasks.deleteExpired()
                    let expired = try await services.keys.deleteExpired()
                    let mails = try await services.outbox.deleteExpired(
                        before: services.clocks.now().adding(seconds: -Self.mailRetentionSeconds))
                    let invitations = try await services.invitations.deleteExpired()
                    try await services.adminSetup.tidy()
                    let quiet = try await services.throttles.tidy()
                    logger.debug(
                        "tidied",
                        metadata: [
                            "sessions": .stringConvertible(ended), "tokens": .stringConvertible(tokens),
                            "resealed": .stringConvertible(resealed),
                            "accounts": .stringConvertible(accounts),
                            "tasks": .stringConvertible(deleted),
                            "keys": .stringConvertible(expired),
                            "mails": .stringConvertible(mails),
                            "invitations": .stringConvertible(invitations),
                            "throttles": .stringConvertible(quiet),
                        ])
                } catch {
                    logger.warning("tidying failed", metadata: ["cause": "\(error)"])
                }
                try? await Task.sleep(for: .seconds(600))
            }
        }
    }
}
