import App
import ArgumentParser
import Basics
import JSON

struct BackupList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Show all backups, newest first.")
    @Argument(help: "Their directory (BACKUP_DIR; backups in the data directory).") var directory: String?
    @Flag(help: "One JSON object for each backup.") var json = false
    @OptionGroup var place: DataFlags

    func run() async throws {
        try await reportingFailures {
            let folder = try place.backups(in: directory)
            let backups = try folder.backups()
            if json {
                for backup in backups { print(try Self.json(backup)) }
                return
            }
            guard !backups.isEmpty else { return print("There is no backup in \(folder.path).") }
            var table = TextTable(["MADE", "SIZE", "SCHEMA", "USERS", "TASKS", "FILE"])
            for backup in backups {
                let manifest = backup.manifest
                func count(_ name: String) -> String { manifest?.counts[name].map(String.init) ?? "-" }
                table.append([
                    backup.name.time.rfc3339, ByteCount.text(try backup.bytes),
                    manifest.map { String($0.schema) } ?? "-",
                    count("users"), count("tasks"), backup.file,
                ])
            }
            for line in table.lines { print(line) }
        }
    }

    private static func json(_ backup: Backup) throws -> String {
        var json = JSONWriter()
        try json.object { json in
            json.member("file", backup.file)
            json.member("created_at", backup.name.time.rfc3339)
            json.member("bytes", try backup.bytes)
            guard let manifest = backup.manifest else { return }
            json.member("version", manifest.version)
            json.member("schema", manifest.schema)
            json.member("sha256", manifest.sha256)
            json.name("counts")
            json.object { json in
                for (name, count) in manifest.counts.sorted(by: { $0.key < $1.key }) {
                    json.member(dynamic: name, Int64(count))
                }
            }
        }
        return String(decoding: VisibleText.escaped(json.bytes), as: UTF8.self)
    }
}

extension DataFlags {
    /// The directory that backups are kept in.
    func backups(in directory: String?) throws -> BackupFolder {
        try directory.map(BackupFolder.init) ?? Configuration.DataPlace(sources()).backups
    }
}
