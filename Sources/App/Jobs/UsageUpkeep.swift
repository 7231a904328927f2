import Domain
import Logging
import ServiceLifecycle

/// Periodically saves the accounts' usage.
package struct UsageUpkeep: Service {
    private let tasks: TaskService
    private let logger: Logger

    package init(_ services: Services, logger: Logger) { (tasks, self.logger) = (services.tasks, logger) }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await save()
                try? await Task.sleep(for: .seconds(2))
            }
        }
        await save()
    }

    private func save() async {
        do { try await tasks.saveUsage() } catch {
            logger.warning("what accounts take was not written down", metadata: ["cause": "\(error)"])
        }
    }
}
