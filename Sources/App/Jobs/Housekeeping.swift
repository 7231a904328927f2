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
                await tidy()
                try? await Task.sleep(for: .seconds(600))
            }
        }
    }

    /// Takes each step once. One that fails is logged, and keeps no other from being taken.
    package func tidy() async {
        var counts: Logger.Metadata = [:]
        for (name, step) in steps where !Task.isCancelled {
            do {
                if let count = try await step() { counts[name] = .stringConvertible(count) }
            } catch {
                logger.warning("tidying failed", metadata: ["step": "\(name)", "cause": "\(error)"])
            }
        }
        logger.debug("tidied", metadata: counts)
    }

    /// Each returns the number of things that it has deleted or changed, if it is known.
    private var steps: [(name: String, step: @Sendable () async throws -> Int?)] {
        [
            ("sessions", { try await services.sessions.deleteExpired() }),
            ("tokens", { try await services.apiTokens.deleteExpired() }),
            ("resealed", { try await services.secondFactors.reseal() }),
            ("accounts", { try await services.deletions.deleteDue() }),
            ("tasks", { try await services.tasks.emptyTrash() }),
            (
                "undo",
                {
                    try await services.tasks.deleteExpired()
                    return nil
                }
            ),
            ("keys", { try await services.keys.deleteExpired() }),
            (
                "mails",
                {
                    try await services.outbox.deleteExpired(
                        before: services.clocks.now().adding(seconds: -Self.mailRetentionSeconds))
                }
            ),
            ("invitations", { try await services.invitations.deleteExpired() }),
            (
                "admin setup",
                {
                    try await services.adminSetup.tidy()
                    return nil
                }
            ),
            ("throttles", { try await services.throttles.tidy() }),
        ]
    }
}
