import Domain
import Logging
import ServiceLifecycle

/// Periodically saves the accounts' usage.
struct UsageUpkeep: Service {
    let tasks: TaskService
    let logger: Logger

    func run() async throws {
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
