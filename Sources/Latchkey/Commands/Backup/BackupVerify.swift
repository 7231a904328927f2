import App
import ArgumentParser
import Basics
import Crypto
import JSON
import Storage

struct BackupVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check that a backup would restore; exits with 1 if it would not.",
        discussion: """
            Compares the file with the checksum beside it, reads all of it, counts what is in it, and opens a key with \
            BETTER_AUTH_SECRET as the server has it. To be certain, restore it into another directory with --data, and \
            start a server there.
            """)
    @Argument(help: "The file; the newest backup if it is left out.") var file: String?
    @Flag(help: "Check every backup in the directory.") var all = false
    @OptionGroup var shown: ProgressFlags
    @OptionGroup var place: DataFlags

    func validate() throws {
        guard !all || file == nil else { throw ValidationError("Give a file, or --all.") }
    }

    func run() async throws {
        try await shown.withProgress { progress in
            let place = try Configuration.DataPlace(try place.sources())
            let check = BackupCheck(try place.knownSecrets())
            var verdicts: [Verdict] = []
            for file in try files(place.backups) {
                do {
                    let findings = try await check.run(on: file, onStep: progress.show)
                    progress.end()
                    let text = try Self.text(of: findings, file)
                    if !progress.isJSON { print(text) }
                    verdicts.append(Verdict(file: file, text: text, findings: findings))
                } catch {
                    verdicts.append(Verdict(file: file, text: "\(error)", findings: nil))
                }
            }
            let problems = verdicts.filter { $0.findings == nil }.map(\.text)
            if progress.isJSON || problems.isEmpty {
                progress.finish([]) { $0.member("backups", verdicts) }
            }
            guard problems.isEmpty else { throw CommandFailure(problems.joined(separator: "\n")) }
        }
    }

    fileprivate struct Verdict {
        let file: String
        let text: String
        /// Nil for a backup that would not restore.
        let findings: BackupFindings?
    }

    private func files(_ folder: BackupFolder) throws -> [String] {
        if let file { return [BackupFiles.path(file, folder)] }
        let backups = try folder.backups()
        guard let newest = backups.first else { throw CommandFailure("There is no backup in \(folder.path).") }
        return (all ? backups : [newest]).map(\.file)
    }

    /// - Throws: `CommandFailure` if the secret is another one.
    private static func text(of findings: BackupFindings, _ file: String) throws -> String {
        let inspection = findings.inspection
        let contents = ["user", "task"].map { UserCommand.count(inspection.counts[$0 + "s"] ?? 0, $0) }
        var sentences = ["\(file) is whole: \(contents.joined(separator: ", ")), schema \(inspection.schema)."]
        if findings.manifest == nil { sentences.append("There is no description beside it to compare it with.") }
        switch findings.secret {
        case .foreign:
            throw CommandFailure(
                "\(file) is whole, but BETTER_AUTH_SECRET is not the secret that it was made with. It would not restore."
            )
        case .unknown: sentences.append("No secret was compared with it.")
        case .known:
            let keys = inspection.evidence.sealedKeys.count
            sentences.append(
                keys == 0
                    ? "It was made with this secret."
                    : "It was made with this secret, which opens \(findings.openedKeys) of \(keys) signing keys.")
            guard keys == 0 || findings.openedKeys > 0 else {
                throw CommandFailure("\(file) is whole, but its signing keys do not open with this secret.")
            }
        }
        return sentences.joined(separator: " ")
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: StaticString, _ verdicts: [BackupVerify.Verdict]) {
        self.name(name)
        array { json in
            for verdict in verdicts {
                json.object { json in
                    json.member("file", verdict.file)
                    json.member("is_whole", verdict.findings != nil)
                    json.member("message", verdict.text)
                    guard let findings = verdict.findings else { return }
                    json.member("schema", findings.inspection.schema)
                    json.member("users", Int64(findings.inspection.counts["users"] ?? 0))
                    json.member("tasks", Int64(findings.inspection.counts["tasks"] ?? 0))
                    json.member("opened_keys", Int64(findings.openedKeys))
                }
            }
        }
    }
}

/// Finds the files that commands are given.
enum BackupFiles {
    /// A path, or the name of a file among the backups.
    static func path(_ text: String, _ folder: BackupFolder) -> String {
        let isBareName = !text.contains("/") && !FileSystem.exists(text)
        return isBareName && FileSystem.exists("\(folder.path)/\(text)") ? "\(folder.path)/\(text)" : text
    }
}
