import Domain
import Mail
import Storage
import Web
import Workers

/// Collects the state of the server's parts for the operator.
package struct StatusReport: Sendable {
    private let database: any Database
    private let outbox: SQLMailOutbox
    private let mailHealth: MailHealth?
    private let readiness: Readiness
    private let backupHealth: BackupHealth
    private let diskReserve: Int64

    /// - Parameters:
    ///   - mailHealth: nil if no mail is sent.
    ///   - diskReserve: the bytes that are kept free.
    package init(
        _ database: any Database, _ outbox: SQLMailOutbox, _ mailHealth: MailHealth?, _ readiness: Readiness,
        _ backupHealth: BackupHealth, diskReserve: Int64
    ) {
        (self.database, self.outbox, self.mailHealth) = (database, outbox, mailHealth)
        (self.readiness, self.backupHealth, self.diskReserve) = (readiness, backupHealth, diskReserve)
    }

    package func status() async -> ServerStatus {
        ServerStatus(
            problem: await readiness.readinessProblem(), hasOtherServer: database.hasOtherServer,
            disk: database.freeDiskSpace.map { ($0, diskReserve) }, mail: await mail(),
            backup: await backup())
    }

    /// On a thread of its own, as the directory may be on a disk that does not answer.
    private func backup() async -> BackupStatus? {
        try? await WorkerThread.run { [backupHealth] in backupHealth.status() }
    }

    private func mail() async -> MailStatus? {
        guard let mailHealth, let counts = try? await outbox.count([.waiting, .undeliverable, .expired]) else {
            return nil
        }
        return MailStatus(
            problem: mailHealth.problem, waiting: counts[.waiting] ?? 0, undeliverable: counts[.undeliverable] ?? 0,
            expired: counts[.expired] ?? 0)
    }
}
