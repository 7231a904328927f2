import App
import ArgumentParser
import Basics
import Glibc
import Storage

/// `latchkey backup`: one file, and its description beside it.
struct BackupCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a backup (what happens without a subcommand).",
        discussion: """
            The database is copied as it is at one moment, then read back and checked. The file gets its name when it is \
            complete, so that no half backup is left by a kill. PostgreSQL is read in one transaction, and the backup is \
            an SQLite file all the same.

            latchkey backup - | age -r … > latchkey.db.age
            """)
    @Argument(help: "The directory to write to (BACKUP_DIR; backups in the data directory), or - for standard output.")
    var directory: String?
    @Option(
        help: "Afterwards delete backups that are not kept: 7d,4w,12m keeps the newest of each of 7 days, 4 weeks …")
    var keep: String?
    @Flag(help: "Print the description of the backup as JSON.") var json = false
    @Flag(help: "Show no progress.") var quiet = false
    @OptionGroup var place: DataFlags

    func validate() throws {
        guard keep.map({ BackupRetention($0) == nil }) != true else { throw BackupPrune.invalid(keep) }
        guard keep == nil || directory != "-" else {
            throw ValidationError("Nothing is kept in a directory with -, so --keep has no meaning.")
        }
    }

    func run() async throws {
        umask(0o077)
        signal(SIGPIPE, SIG_IGN)
        try await reportingFailures {
            let place = try Configuration.DataPlace(try place.sources())
            if case .sqlite(let path) = place.database, !FileSystem.exists(path) {
                throw CommandFailure("There is no database at \(path). Name it with --data or --database-url.")
            }
            let writes = directory == "-"
            guard !writes || isatty(STDOUT_FILENO) == 0 else {
                throw CommandFailure("A backup is no text for a terminal. Send it to a file or a pipe.")
            }
            let folder = writes ? place.backups : directory.map(BackupFolder.init) ?? place.backups
            let maker = place.backupMaker(in: folder)
            let progress = ProgressBar(isQuiet: quiet)
            defer { progress.end() }
            if writes {
                _ = try await maker.write(to: STDOUT_FILENO, onStep: progress.show)
                return
            }
            let (backup, manifest) = try await maker.make(onStep: progress.show)
            progress.end()
            if json {
                print(String(decoding: manifest.json.dropLast(), as: UTF8.self))
            } else {
                let accounts = UserCommand.count(manifest.counts["users"] ?? 0, "user")
                let tasks = UserCommand.count(manifest.counts["tasks"] ?? 0, "task")
                print("\(backup.file) has \(ByteCount.text(manifest.bytes)): \(accounts), \(tasks). Checked.")
            }
            guard let retention = keep.flatMap(BackupRetention.init) else { return }
            let deleted = try folder.prune(retention)
            if !json, !deleted.isEmpty { print("\(UserCommand.count(deleted.count, "older backup")) deleted.") }
        }
    }
}

extension ProgressBar {
    fileprivate func show(_ step: BackupMaker.Step) {
        switch step {
        case .copying(let done, let total): show("copying (MB)", Int(done / 1_000_000), of: Int(total / 1_000_000))
        case .reading(let table, let done, let total): show(table, done, of: total)
        case .checking: show("checking", 0, of: 1)
        }
    }
}
