import App
import Logging

extension Configuration {
    /// The job that makes backups; nil without a schedule.
    func scheduledBackups(_ health: BackupHealth, logger: Logger) -> ScheduledBackups? {
        guard let backupSchedule else { return nil }
        let maker = BackupMaker(of: database, in: backups, version: Latchkey.version, reserve: diskReserve)
        return ScheduledBackups(maker, in: backups, backupSchedule, backupRetention, health, logger: logger)
    }
}

extension Configuration.DataPlace {
    func backupMaker(in folder: BackupFolder) -> BackupMaker {
        BackupMaker(of: database, in: folder, version: Latchkey.version, reserve: reserve)
    }
}
