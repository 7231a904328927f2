import App
import ArgumentParser
import Basics
import Glibc
import JSON
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
    @OptionGroup var shown: ProgressFlags
    @OptionGroup var place: DataFlags

    func validate() throws {
        guard keep.map({ BackupRetention($0) == nil }) != true else { throw BackupPrune.invalid(keep) }
        guard keep == nil || directory != "-" else {
            throw ValidationError("Nothing is kept in a directory with -, so --keep has no meaning.")
        }
        guard !shown.json || directory != "-" else {
            throw ValidationError("The backup itself is written to standard output with -, so --json has no place.")
        }
    }

    func run() async throws {
        umask(0o077)
        signal(SIGPIPE, SIG_IGN)
        try await shown.withProgress { progress in
            let place = try Configuration.DataPlace(try place.sources())
            if case .sqlite(let path) = place.database, !FileSystem.exists(path) {
                throw CommandFailure("There is no database at \(path). Name it with --data or --database-url.")
            }
            let writes = directory == "-"
            guard !writes || isatty(STDOUT_FILENO) == 0 else {
                throw CommandFailure("A backup is not text for a terminal. Send it to a file or a pipe.")
            }
            let folder = writes ? place.backups : directory.map(BackupFolder.init) ?? place.backups
            let maker = place.backupMaker(in: folder)
            if writes {
                _ = try await maker.write(to: STDOUT_FILENO, onStep: progress.show)
                return
            }
            let (backup, manifest) = try await maker.make(onStep: progress.show)
            let deleted = try keep.flatMap(BackupRetention.init).map { try folder.prune($0, onStep: progress.show) }
            let contents = ["user", "task"].map { UserCommand.count(manifest.counts[$0 + "s"] ?? 0, $0) }
            var sentences = [
                "\(backup.file) has \(ByteCount.text(manifest.bytes)): \(contents.joined(separator: ", ")). Checked."
            ]
            if let deleted, !deleted.isEmpty {
                sentences.append("\(UserCommand.count(deleted.count, "older backup")) deleted.")
            }
            progress.finish(sentences) { json in
                json.member("file", backup.file)
                json.member("deleted", paths: deleted ?? [])
                json.name("manifest")
                manifest.write(to: &json)
            }
        }
    }
}
