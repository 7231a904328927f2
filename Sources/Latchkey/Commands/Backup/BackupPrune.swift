import App
import ArgumentParser
import JSON

struct BackupPrune: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Delete the backups that are not to be kept.",
        discussion: """
            7d,4w,12m keeps the newest backup of each of the last 7 days, 4 weeks and 12 months in which one was made, \
            by the time in its name and in UTC; h and y are hours and years. The newest backup is always kept, and \
            files with other names are left alone. The server does this after each backup on schedule.
            """)
    @Argument(help: "Their directory (BACKUP_DIR; backups in the data directory).") var directory: String?
    @Option(help: "What to keep (BACKUP_KEEP; 7d,4w,12m).") var keep: String?
    @Flag(help: "Delete nothing; show what would be deleted.") var dryRun = false
    @OptionGroup var shown: ProgressFlags
    @OptionGroup var place: DataFlags

    static func invalid(_ text: String?) -> ValidationError {
        ValidationError("'\(text ?? "")' does not say what to keep: write 7d,4w,12m, with h, d, w, m or y, or all.")
    }

    func validate() throws {
        guard keep.map({ BackupRetention($0) == nil }) != true else { throw Self.invalid(keep) }
    }

    func run() async throws {
        try await shown.withProgress { progress in
            let place = try Configuration.DataPlace(try place.sources())
            let folder = directory.map(BackupFolder.init) ?? place.backups
            let retention = keep.flatMap(BackupRetention.init) ?? place.retention
            let deleted = try folder.prune(retention, isTrial: dryRun, onStep: progress.show)
            let count = UserCommand.count(deleted.count, "backup")
            let kept = try folder.backups().count - (dryRun ? deleted.count : 0)
            let sentence = dryRun ? "\(count) would be deleted, \(kept) kept." : "\(count) deleted, \(kept) kept."
            progress.finish(deleted.map(\.file) + [sentence]) { json in
                json.member("deleted", paths: deleted)
                json.member("kept", Int64(kept))
                json.member("dry_run", dryRun)
            }
        }
    }
}

extension JSONWriter {
    /// The paths of backups.
    mutating func member(_ name: StaticString, paths backups: [Backup]) {
        self.name(name)
        array { json in for backup in backups { json.value(.string(backup.file)) } }
    }
}
