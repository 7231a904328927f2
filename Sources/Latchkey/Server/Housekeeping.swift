import Auth
import Domain
import Logging
import ServiceLifecycle

/// Periodically deletes expired data.
struct Housekeeping: Service {
    let sessions: SessionService
    let tasks: TaskService
    let keys: KeyRing
    let throttles: Throttles
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let ended = try await sessions.deleteExpired()
                    let deleted = try await tasks.emptyTrash()
                    let expired = try await keys.deleteExpired()
                    let quiet = try await throttles.tidy()
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
