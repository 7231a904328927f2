import Basics
import Metrics
import Synchronization
import Web

/// The state of the backups: the contents of their directory, and the outcome of the last attempt.
package final class BackupHealth: Sendable {
    private let folder: BackupFolder
    private let schedule: BackupSchedule?
    private let now: @Sendable () -> Timestamp
    private let failure = Mutex<(problem: String, at: Timestamp)?>(nil)

    /// A backup that is due since longer than this is late.
    private static let patienceSeconds: Int64 = 3600

    package init(
        _ folder: BackupFolder, _ schedule: BackupSchedule?,
        now: @escaping @Sendable () -> Timestamp = Clocks.system.now
    ) {
        (self.folder, self.schedule, self.now) = (folder, schedule, now)
    }

    /// - Parameter problem: nil if a backup was made.
    func note(_ problem: String?) {
        let time = now()
        failure.withLock { $0 = problem.map { ($0, time) } }
    }

    /// Nil if there are neither backups nor a schedule for them.
    package func status() -> BackupStatus? {
        let (time, failure) = (now(), failure.withLock { $0 })
        let last: Timestamp?
        do { last = try folder.newestTime(until: time) } catch {
            return BackupStatus(state: .failed, problem: "\(error)", lastAt: nil, age: nil)
        }
        guard let last else {
            guard schedule != nil else { return nil }
            return BackupStatus(
                state: failure == nil ? .none : .failed, problem: failure?.problem, lastAt: nil, age: nil)
        }
        // One that was made since, by hand or by another server, is as good.
        let problem = failure.flatMap { last > $0.at ? nil : $0.problem }
        let isLate =
            schedule.map { $0.due(after: last, now: time).adding(seconds: Self.patienceSeconds) < time } ?? false
        return BackupStatus(
            state: problem != nil ? .failed : isLate ? .late : .ok, problem: problem, lastAt: last,
            age: max(0, time.seconds - last.seconds))
    }

    /// Reads the directory, so it may block.
    package var metrics: [MetricFamily] {
        let status = status()
        let size = (try? folder.backups().first).flatMap { try? $0.bytes }
        return [
            .gauge(
                "latchkey_backup_last_success_timestamp_seconds",
                "Time of the newest backup; absent as long as there is none.", status?.lastAt?.seconds),
            .gauge("latchkey_backup_last_size_bytes", "Size of the newest backup.", size),
            .gauge(
                "latchkey_backup_failed", "1 if the last attempt failed, or the directory cannot be read.",
                status?.state == .failed ? 1.0 : 0),
            .gauge("latchkey_backup_scheduled", "1 if the server makes backups by itself.", schedule == nil ? 0.0 : 1),
        ]
    }
}
