import App
import Basics
import Web

/// The backups: that there is one, that it is not old, and that it survives the disk of the data.
struct BackupChecks {
    let configuration: Configuration

    func run(_ report: inout CheckReport) {
        guard case .sqlite(let path) = configuration.database, FileSystem.exists(path) else { return }
        let health = BackupHealth(configuration.backups, configuration.backupSchedule)
        let folder = configuration.backups.path
        guard let status = health.status(), status.state != .none else {
            return warnInProduction(
                "There is no backup in \(folder). Set \(Settings.backupSchedule.name), or run `latchkey backup` daily.",
                &report)
        }
        let last = status.lastAt.map { "the last one is of \($0.rfc3339)" } ?? "none"
        switch status.state {
        case .failed: return report.fail("backups", status.problem ?? "The last one failed.")
        case .late: return report.warn("backups", "\(last), so one is overdue. Look at the server's log.")
        case .ok, .none: break
        }
        if configuration.backupSchedule == nil, (status.age ?? 0) > 26 * 3600 {
            return warnInProduction("\(last), more than a day ago. Run `latchkey backup` daily.", &report)
        }
        if let folder = try? FileStatus(folder), let data = try? FileStatus(path), folder.device == data.device {
            return warnInProduction(
                "\(last), on the disk that the data are on. Copy them to another machine, or set \(Settings.backupDirectory.name) to another disk.",
                &report)
        }
        report.ok("backups", last)
    }

    /// In development data may be lost.
    private func warnInProduction(_ text: String, _ report: inout CheckReport) {
        guard configuration.isProduction else { return report.ok("backups", text) }
        report.warn("backups", text)
    }
}
