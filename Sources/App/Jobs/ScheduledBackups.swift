import Basics
import Logging
import ServiceLifecycle
import Workers

/// Makes backups when they are due, and deletes those that are no longer kept.
///
/// The time of the last one is that of the newest in the directory, so restarts change nothing, a backup that was missed
/// is made late, and of several servers with one directory only one makes each.
package struct ScheduledBackups: Service {
    private let maker: BackupMaker
    private let folder: BackupFolder
    private let schedule: BackupSchedule
    private let retention: BackupRetention
    private let health: BackupHealth
    private let now: @Sendable () -> Timestamp
    private let logger: Logger

    /// Times are looked at this often at least, as clocks are set.
    private static let interval = Duration.seconds(20)
    /// The time between two attempts after a failure.
    private static let retrySeconds: Int64 = 600

    package init(
        _ maker: BackupMaker, in folder: BackupFolder, _ schedule: BackupSchedule, _ retention: BackupRetention,
        _ health: BackupHealth, now: @escaping @Sendable () -> Timestamp = Clocks.system.now, logger: Logger
    ) {
        (self.maker, self.folder, self.schedule, self.retention) = (maker, folder, schedule, retention)
        (self.health, self.now, self.logger) = (health, now, logger)
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var retryAt: Timestamp?
            while !Task.isCancelled {
                if retryAt.map({ $0 <= now() || $0 > now().adding(seconds: Self.retrySeconds) }) ?? true {
                    retryAt = await makeIfDue() ? nil : now().adding(seconds: Self.retrySeconds)
                }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    /// - Returns: false if one was due and could not be made.
    package func makeIfDue() async -> Bool {
        do {
            let time = now()
            let last = try await WorkerThread.run { try folder.newestTime(until: time) }
            guard schedule.due(after: last, now: time) <= time else { return true }
            try await make()
            return true
        } catch is CancellationError {
            // The server stops; the next start makes it.
            return true
        } catch is BackupFolder.Busy {
            return true
        } catch {
            health.note("\(error)")
            logger.error("no backup was made", metadata: ["cause": "\(error)"])
            return false
        }
    }

    private func make() async throws {
        let cancellation = Cancellation()
        let start = ContinuousClock.now
        let (backup, manifest) = try await withTaskCancellationHandler {
            try await maker.make(cancellation: cancellation)
        } onCancel: {
            cancellation.request()
        }
        health.note(nil)
        let tenths = (ContinuousClock.now - start) / .milliseconds(100)
        logger.notice(
            "backup made",
            metadata: [
                "file": "\(backup.file)", "bytes": "\(manifest.bytes)", "seconds": "\((tenths).rounded() / 10)",
            ])
        await prune()
    }

    /// A backup that cannot be deleted is no reason to call the one that was made failed.
    private func prune() async {
        do {
            let deleted = try await WorkerThread.run { try folder.prune(retention) }
            if !deleted.isEmpty { logger.notice("older backups deleted", metadata: ["count": "\(deleted.count)"]) }
        } catch {
            logger.warning("older backups not deleted", metadata: ["cause": "\(error)"])
        }
    }
}
