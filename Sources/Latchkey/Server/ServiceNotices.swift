import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Storage
import Synchronization

/// Tells the service manager that the server is ready, lives, and stops.
///
/// A sign of life is sent only after every event loop has run a task and the database's writer has answered, so a
/// server that hangs is ended and started again. That the database refuses is an answer: a full disk is not mended by a
/// restart. PostgreSQL has time limits of its own, and is left out.
final class ServiceNotices: Service {
    private let manager: ServiceManager
    private let group: MultiThreadedEventLoopGroup
    private let database: any Database
    private let logger: Logger
    /// The number of ports that are not bound yet.
    private let missing: Mutex<Int>

    init(
        _ manager: ServiceManager, _ group: MultiThreadedEventLoopGroup, _ database: any Database, ports: Int,
        logger: Logger
    ) {
        (self.manager, self.group, self.database, self.logger) = (manager, group, database, logger)
        missing = Mutex(ports)
    }

    /// Called when a port is bound; the server is ready with the last one.
    func listens(at address: String) {
        let isReady = missing.withLock { missing in
            missing -= 1
            return missing == 0
        }
        if isReady { tell(.ready(status: "Serving at \(address)")) }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            guard let limit = self.manager.watchdogLimit else {
                return await self.waitForShutdown()
            }
            while !Task.isCancelled {
                await self.prove()
                self.tell(.alive)
                try? await Task.sleep(for: limit / 2)
            }
        }
        tell(.stopping)
    }

    private func waitForShutdown() async {
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
    }

    private func prove() async {
        for loop in group.makeIterator() { _ = try? await loop.submit {}.get() }
        guard !database.isShared else { return }
        _ = try? await database.write { _ in }
    }

    private func tell(_ message: ServiceMessage) {
        do { try manager.tell(message) } catch {
            logger.warning("the service manager cannot be told", metadata: ["cause": "\(error)"])
        }
    }
}
