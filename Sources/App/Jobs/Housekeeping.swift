import Logging
import ServiceLifecycle

/// Periodically deletes expired data.
package struct Housekeeping: Service {
    private let services: Services
    private let logger: Logger

    package init(_ services: Services, logger: Logger) { (self.services, self.logger) = (services, logger) }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let ended = try await services.sessions.deleteExpired()
                    let deleted = try await services.tasks.emptyTrash()
                    let expired = try await services.keys.deleteExpired()
                    let quiet = try await services.throttles.tidy()
                    logger.debug(
                        "tidied",
                        metadata: [
                            "sessions": .stringConvertible(ended), "tasks": .stringConvertible(deleted),
                            "keys": .stringConvertible(expired),
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
